// A marketplace: a buyer pays once, the seller and the platform's fee are booked in the same entry.
import assert from 'node:assert/strict';
import { CreditLedger } from '@credit-ledger/sdk';

const ledger = new CreditLedger({
  url: process.env['CREDIT_LEDGER_URL'] ?? 'http://127.0.0.1:4000',
  apiKey: process.env['CREDIT_LEDGER_API_KEY'] ?? '',
});

const currency = 'EUR';
const open = (name: string, type: 'LIABILITY' | 'INCOME') =>
  ledger.openAccount({
    currency,
    name,
    type,
    ...(type === 'LIABILITY' ? { credit_limit_minor: 0 } : {}),
  });
const buyer = await open('Buyer', 'LIABILITY');
const seller = await open('Seller', 'LIABILITY');
const fees = await open('Fees', 'INCOME');
await ledger.deposit(buyer.id, { amount_minor: 10_000n });

/** 10 %, rounded to the platform's favour; the seller gets what is left, so that nothing is lost by rounding. */
function split(price: bigint): { fee: bigint; rest: bigint } {
  const fee = (price * 10n + 99n) / 100n;
  return { fee, rest: price - fee };
}

// One entry of three lines: all of it happens, or none. The order's id is the key.
const price = 4_999n;
const { fee, rest } = split(price);
const order = `order-${buyer.id}`;
const entry = await ledger.postEntry(
  {
    description: 'Order 4711',
    lines: [
      { account_id: buyer.id, side: 'DEBIT', amount_minor: price },
      { account_id: seller.id, side: 'CREDIT', amount_minor: rest },
      { account_id: fees.id, side: 'CREDIT', amount_minor: fee },
    ],
  },
  { idempotencyKey: order },
);
assert.equal(entry.lines.length, 3);

// At the end of the week the seller is paid out.
await ledger.withdraw(seller.id, { amount_minor: rest, description: 'Payout' });

const ids = [buyer.id, seller.id, fees.id];
const { data } = await ledger.readBalances({ account_ids: ids, consistency: 'strong' });
assert.deepEqual(
  ids.map((id) => data.find((row) => row.account_id === id)?.balance_minor),
  [5_001n, 0n, 500n],
);
console.log(`fee ${fee}, paid out ${rest}`);
