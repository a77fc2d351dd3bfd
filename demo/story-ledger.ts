import { accountOut, balanceOut } from '@credit-ledger/contract/accounts.ts';
import { statementOut } from '@credit-ledger/contract/statements.ts';
import { problemOut } from './problem-shape.ts';
import type { Stage } from './stage.ts';

const account = accountOut.pick({ id: true });
const balance = balanceOut.pick({ balance_minor: true });
const line = statementOut.shape.lines.element.pick({
  side: true,
  amount_minor: true,
  balance_after_minor: true,
});
const statement = statementOut.pick({ closing_balance_minor: true }).extend({ lines: line.array() });

/** Double entry: a transfer has one effect however often it is sent, and what does not balance is refused. */
export async function playLedger(stage: Stage): Promise<void> {
  stage.title('Ledger: one transfer, one effect');
  const a = await openAccount(stage, 'A');
  const b = await openAccount(stage, 'B');

  const transfer = {
    method: 'POST',
    path: '/transfers',
    headers: { 'Idempotency-Key': `demo-1-${stage.run}` },
    body: { from: a, to: b, amount_minor: 1234, currency: 'USD' },
  } as const;
  stage.tell('12.34 USD go from A to B. Amounts are whole minor units, so nothing is ever rounded.');
  const first = await stage.ask(transfer);
  stage.claim('the transfer is booked', first.status, 201);
  await claimBalance(stage, b, 1234n);
  await claimBalance(stage, a, -1234n);

  stage.tell('The same request again, as a client sends it that did not hear the answer:');
  const again = await stage.ask(transfer);
  stage.claim('it says it is a replay', again.headers.get('idempotency-replayed'), 'true');
  stage.claim('the answer is the same, byte for byte', again.text, first.text);
  await claimBalance(stage, b, 1234n);
  await claimStatement(stage, b);
  await claimUnbalancedIsRefused(stage, a, b);
}

async function openAccount(stage: Stage, name: string): Promise<string> {
  stage.tell(`Open account ${name} in US dollars.`);
  const opened = await stage.ask({ method: 'POST', path: '/accounts', body: { currency: 'USD', name } });
  stage.claim(`account ${name} is open`, opened.status, 201);
  return account.parse(opened.body).id;
}

async function claimBalance(stage: Stage, id: string, expected: bigint): Promise<void> {
  const read = await stage.ask({ method: 'GET', path: `/accounts/${id}/balance` });
  stage.claim(`its balance is ${expected}`, balance.parse(read.body).balance_minor, expected);
}

async function claimStatement(stage: Stage, id: string): Promise<void> {
  stage.tell("B's statement shows the one line, with the balance after it.");
  const read = await stage.ask({ method: 'GET', path: `/accounts/${id}/statements` });
  const { lines, closing_balance_minor: closing } = statement.parse(read.body);
  const expected = [{ side: 'CREDIT', amount_minor: 1234n, balance_after_minor: 1234n }];
  stage.claim('the statement has exactly that line', lines, expected);
  stage.claim('and closes at 1234', closing, 1234n);
}

async function claimUnbalancedIsRefused(stage: Stage, a: string, b: string): Promise<void> {
  stage.tell('An entry whose debits and credits differ never gets in.');
  const refused = await stage.ask({
    method: 'POST',
    path: '/entries',
    headers: { 'Idempotency-Key': `demo-unbalanced-${stage.run}` },
    body: {
      lines: [
        { account_id: a, side: 'DEBIT', amount_minor: 1000 },
        { account_id: b, side: 'CREDIT', amount_minor: 500 },
      ],
    },
  });
  stage.claim('it is refused', refused.status, 422);
  const { detail } = problemOut.parse(refused.body);
  const reason = 'debits (1000) must equal credits (500)';
  stage.claim(`and says why: ${reason}`, detail.slice(0, reason.length), reason);
}
