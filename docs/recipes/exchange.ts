// Foreign exchange by one entry that balances in each currency: what is sold goes to the desk, what is bought comes
// from it. The desk's two accounts are its position.
import assert from 'node:assert/strict';
import { CreditLedger, isProblem } from '@credit-ledger/sdk';

const ledger = new CreditLedger({
  url: process.env['CREDIT_LEDGER_URL'] ?? 'http://127.0.0.1:4000',
  apiKey: process.env['CREDIT_LEDGER_API_KEY'] ?? '',
});

const wallet = async (currency: string) =>
  ledger.openAccount({ currency, name: `Wallet ${currency}`, credit_limit_minor: 0 });
const desk = async (currency: string) =>
  ledger.openAccount({ currency, name: `Desk ${currency}`, type: 'EQUITY' });
const [euros, dollars] = [await wallet('EUR'), await wallet('USD')];
const [deskEuros, deskDollars] = [await desk('EUR'), await desk('USD')];
await ledger.deposit(euros.id, { amount_minor: 100_000n });

// 1.0850 USD for a EUR, as a ratio of integers: a float would lose cents. Rounded down, to the desk's favour.
const rate = { numerator: 10_850n, denominator: 10_000n };
const convert = (sold: bigint) => {
  const bought = (sold * rate.numerator) / rate.denominator;
  return ledger.postEntry(
    {
      description: 'EUR to USD at 1.0850',
      metadata: { rate: '1.0850' },
      lines: [
        { account_id: euros.id, side: 'DEBIT', amount_minor: sold },
        { account_id: deskEuros.id, side: 'CREDIT', amount_minor: sold },
        { account_id: deskDollars.id, side: 'DEBIT', amount_minor: bought },
        { account_id: dollars.id, side: 'CREDIT', amount_minor: bought },
      ],
    },
    { idempotencyKey: `quote-${sold}-${euros.id}` },
  );
};
await convert(33_333n);

// Both legs or none: there is not enough to sell, so nothing is bought either.
const refused = await convert(90_000n).catch((error: unknown) => error);
assert.ok(isProblem(refused, 'insufficient_funds'));

const ids = [euros.id, dollars.id, deskEuros.id, deskDollars.id];
const { data } = await ledger.readBalances({ account_ids: ids, consistency: 'strong' });
assert.deepEqual(
  ids.map((id) => data.find((row) => row.account_id === id)?.balance_minor),
  [66_667n, 36_166n, 33_333n, -36_166n],
);
console.log('33333 EUR cents became 36166 USD cents');
