// A loan with a limit: a credit line that is drawn, charged with interest and paid back.
import assert from 'node:assert/strict';
import { CreditLedger, isProblem } from '@credit-ledger/sdk';

const ledger = new CreditLedger({
  url: process.env['CREDIT_LEDGER_URL'] ?? 'http://127.0.0.1:4000',
  apiKey: process.env['CREDIT_LEDGER_API_KEY'] ?? '',
});

const currency = 'USD';
// The customer's account may go 1,000.00 below zero: below zero is what is lent.
const customer = await ledger.openAccount({ currency, name: 'Customer', credit_limit_minor: 100_000n });
const shop = await ledger.openAccount({ currency, name: 'Shop', credit_limit_minor: 0 });
const interest = await ledger.openAccount({ currency, name: 'Interest earned', type: 'INCOME' });

const pay = (amount: bigint) =>
  ledger.postTransfer({ from: customer.id, to: shop.id, amount_minor: amount, currency });
await pay(80_000n);

// 200.00 are left of the line. Exactly that may be drawn, and not one more.
const refused = await pay(20_001n).catch((error: unknown) => error);
assert.ok(isProblem(refused, 'insufficient_funds'));

// Interest for a month at 12 % a year: 1 % of what is owed. The month is the key, so a job that runs twice charges once.
const { balance_minor: owed } = await ledger.readBalance(customer.id, { consistency: 'strong' });
const charge = -owed / 100n;
for (const _run of ['job', 'the job again'])
  await ledger.postTransfer(
    {
      from: customer.id,
      to: interest.id,
      amount_minor: charge,
      currency,
      description: 'Interest 2026-03',
    },
    { idempotencyKey: `interest-2026-03-${customer.id}` },
  );

// Paid back. Then the line is closed: nothing more can be drawn.
await ledger.deposit(customer.id, { amount_minor: 80_000n + charge, description: 'Repayment' });
await ledger.updateAccount(customer.id, { credit_limit_minor: 0 });

const { balance_minor: left } = await ledger.readBalance(customer.id, { consistency: 'strong' });
assert.equal(left, 0n);
console.log(`interest ${charge}`);
