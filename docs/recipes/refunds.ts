// Refunds: a payment is undone by a new transfer that names it, wholly or in part, and never more than it was.
import assert from 'node:assert/strict';
import { CreditLedger, isProblem } from '@credit-ledger/sdk';

const ledger = new CreditLedger({
  url: process.env['CREDIT_LEDGER_URL'] ?? 'http://127.0.0.1:4000',
  apiKey: process.env['CREDIT_LEDGER_API_KEY'] ?? '',
});

const currency = 'USD';
const customer = await ledger.openAccount({ currency, name: 'Customer', credit_limit_minor: 0 });
const shop = await ledger.openAccount({ currency, name: 'Shop', credit_limit_minor: 0 });
await ledger.deposit(customer.id, { amount_minor: 5_000n });
const payment = await ledger.postTransfer({
  from: customer.id,
  to: shop.id,
  amount_minor: 5_000n,
  currency,
  description: 'Two shirts',
});

// One shirt comes back. The return's number is the key: a click that is repeated refunds once.
const refund = (amount: bigint, number: string) =>
  ledger.reverseTransfer(
    payment.id,
    { amount_minor: amount, reason: 'returned' },
    { idempotencyKey: `return-${number}-${payment.id}` },
  );
const first = await refund(2_000n, '1');
assert.equal(first.reverses, payment.id);
assert.equal((await refund(2_000n, '1')).id, first.id);

// The rest, and not more than that.
const tooMuch = await refund(3_001n, '2').catch((error: unknown) => error);
assert.ok(isProblem(tooMuch, 'exceeds_reversible_amount'));
await refund(3_000n, '3');

const { reversed_minor: refunded } = await ledger.readTransfer(payment.id, { consistency: 'strong' });
assert.equal(refunded, 5_000n);
const { balance_minor: back } = await ledger.readBalance(customer.id, { consistency: 'strong' });
assert.equal(back, 5_000n);
console.log(`${refunded} refunded`);
