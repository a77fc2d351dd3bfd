// Escrow: the money is reserved when the order is made, moves when it is delivered, or goes back.
import assert from 'node:assert/strict';
import { CreditLedger, isProblem } from '@credit-ledger/sdk';

const ledger = new CreditLedger({
  url: process.env['CREDIT_LEDGER_URL'] ?? 'http://127.0.0.1:4000',
  apiKey: process.env['CREDIT_LEDGER_API_KEY'] ?? '',
});

const currency = 'USD';
const buyer = await ledger.openAccount({ currency, name: 'Buyer', credit_limit_minor: 0 });
const seller = await ledger.openAccount({ currency, name: 'Seller', credit_limit_minor: 0 });
await ledger.deposit(buyer.id, { amount_minor: 10_000n });

// Reserved for a week. The buyer can't spend it, the seller sees it as incoming.
const reserve = (amount: bigint, order: string) =>
  ledger.postTransfer(
    {
      from: buyer.id,
      to: seller.id,
      amount_minor: amount,
      currency,
      hold: { expires_in_seconds: 7 * 86_400 },
      description: order,
    },
    { idempotencyKey: `${order}-${buyer.id}` },
  );
const delivered = await reserve(6_000n, 'order-1');
const cancelled = await reserve(3_000n, 'order-2');
const during = await ledger.readBalance(buyer.id, { consistency: 'strong' });
assert.deepEqual(
  [during.balance_minor, during.held_minor, during.available_minor],
  [10_000n, 9_000n, 1_000n],
);

// Delivered in two parcels: each is paid when it arrives.
await ledger.settleHold(delivered.id, { amount_minor: 2_500n, keep_remaining: true });
const settled = await ledger.settleHold(delivered.id, { amount_minor: 3_000n }); // the last 500 are released
assert.deepEqual([settled.status, settled.settled_minor], ['COMPLETED', 5_500n]);

// Cancelled: all of it is released. A hold ends once.
await ledger.voidHold(cancelled.id);
const late = await ledger.settleHold(cancelled.id).catch((error: unknown) => error);
assert.ok(isProblem(late, 'hold_already_voided'));

const after = await ledger.readBalance(buyer.id, { consistency: 'strong' });
assert.deepEqual([after.balance_minor, after.held_minor], [4_500n, 0n]);
console.log(`the buyer has ${after.balance_minor} left`);
