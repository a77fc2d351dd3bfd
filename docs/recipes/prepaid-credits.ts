// Prepaid credits: a customer buys a pack, uses it up, and can't use more than is left.
import assert from 'node:assert/strict';
import { CreditLedger, isProblem } from '@credit-ledger/sdk';

const ledger = new CreditLedger({
  url: process.env['CREDIT_LEDGER_URL'] ?? 'http://127.0.0.1:4000',
  apiKey: process.env['CREDIT_LEDGER_API_KEY'] ?? '',
});

// Credits are a currency of their own. Registered once; doing it again changes nothing.
await ledger.registerCurrency({ code: 'CREDIT', scale: 0 });

// Credits that are sold and not used yet are owed to customers: LIABILITY accounts, never below zero.
const customer = await ledger.openAccount({ currency: 'CREDIT', name: 'Ada', credit_limit_minor: 0 });
// What is used is earned.
const used = await ledger.openAccount({ currency: 'CREDIT', name: 'Credits used', type: 'INCOME' });

// A pack of 100 was paid. The payment's id as the key: a webhook that comes twice gives one pack.
const payment = `payment-${customer.id}`;
for (const _delivery of ['first', 'again'])
  await ledger.deposit(
    customer.id,
    { amount_minor: 100n, description: 'Pack of 100' },
    { idempotencyKey: payment },
  );

// Each use takes some.
const use = (amount: bigint, what: string) =>
  ledger.postTransfer({
    from: customer.id,
    to: used.id,
    amount_minor: amount,
    currency: 'CREDIT',
    description: what,
  });
await use(30n, 'A picture');
await use(60n, 'A film');

// 10 are left: 20 are refused, and the refusal says how many there are.
const refused = await use(20n, 'Another').catch((error: unknown) => error);
assert.ok(isProblem(refused, 'insufficient_funds'));
assert.equal(refused.problem['available_minor'], 10n);

const { balance_minor: left } = await ledger.readBalance(customer.id, { consistency: 'strong' });
assert.equal(left, 10n);
console.log(`${left} credits left`);
