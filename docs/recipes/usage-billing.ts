// Usage billing: what is used is counted in units as it happens, and billed in money once a month.
import assert from 'node:assert/strict';
import { CreditLedger } from '@credit-ledger/sdk';

const ledger = new CreditLedger({
  url: process.env['CREDIT_LEDGER_URL'] ?? 'http://127.0.0.1:4000',
  apiKey: process.env['CREDIT_LEDGER_API_KEY'] ?? '',
});

// Requests are counted in a currency of their own, money is owed in another.
await ledger.registerCurrency({ code: 'REQUESTS', scale: 0 });
const meter = await ledger.openAccount({ currency: 'REQUESTS', name: 'Meter of Ada' });
const billed = await ledger.openAccount({ currency: 'REQUESTS', name: 'Billed' });
const receivable = await ledger.openAccount({ currency: 'USD', name: 'Owed by Ada', type: 'ASSET' });
const revenue = await ledger.openAccount({ currency: 'USD', name: 'Revenue', type: 'INCOME' });

// Events come in batches, each under its own id: one that is sent again counts once.
const events = Array.from({ length: 250 }, (_, index) => ({
  id: `event-${index % 200}`,
  requests: 10n,
}));
for (let at = 0; at < events.length; at += 100) {
  const transfers = events.slice(at, at + 100).map(({ id, requests }) => ({
    from: 'ext:external:REQUESTS',
    to: meter.id,
    amount_minor: requests,
    currency: 'REQUESTS',
    idempotencyKey: `${id}-${meter.id}`,
  }));
  // The account of the world outside is there after the first deposit; from then on it is one like others.
  if (at === 0)
    await ledger.deposit(meter.id, { amount_minor: 1n }, { idempotencyKey: `first-${meter.id}` });
  await ledger.postTransfers({ mode: 'independent', transfers });
}

// The end of the month: what the meter shows is billed at 0.3 cents a request, by one entry in both currencies, so
// that no request is ever billed twice or left out.
const { balance_minor: used } = await ledger.readBalance(meter.id, { consistency: 'strong' });
const cents = (used * 3n) / 10n;
await ledger.postEntry(
  {
    description: 'Invoice 2026-03',
    lines: [
      { account_id: meter.id, side: 'DEBIT', amount_minor: used },
      { account_id: billed.id, side: 'CREDIT', amount_minor: used },
      { account_id: receivable.id, side: 'DEBIT', amount_minor: cents },
      { account_id: revenue.id, side: 'CREDIT', amount_minor: cents },
    ],
  },
  { idempotencyKey: `invoice-2026-03-${meter.id}` },
);
assert.equal(used, 2_001n);
const { balance_minor: owed } = await ledger.readBalance(receivable.id, { consistency: 'strong' });
assert.equal(owed, 600n);
console.log(`${used} requests, ${owed} cents`);
