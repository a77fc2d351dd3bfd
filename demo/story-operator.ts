import { setTimeout as pause } from 'node:timers/promises';
import { accountOut, balanceOut } from '@credit-ledger/contract/accounts.ts';
import { operationOut, projectionOut } from '@credit-ledger/contract/projections.ts';
import { reconciliationOut } from '@credit-ledger/contract/reconciliations.ts';
import { z } from 'zod';
import type { Stage } from './stage.ts';

const account = accountOut.pick({ id: true });
const balance = balanceOut.pick({ balance_minor: true });
const projections = z.object({
  data: z.array(projectionOut.pick({ name: true, state: true, lag_positions: true })),
});
const operation = operationOut.pick({ id: true, state: true, comparison: true });

const reconciliation = reconciliationOut.pick({ id: true, finished_at: true, report: true });

const path = '/admin/projections/balances';
const pollMs = 50;
const waitMsMax = 60_000;

/** Read models are stopped, fall behind, catch up, and are made again while everybody reads. */
export async function playOperator(stage: Stage): Promise<void> {
  stage.title('Operator: read models stopped, caught up and made again');
  const from = await open(stage, `till-${stage.run}`, 1000);
  const to = await open(stage, `safe-${stage.run}`, 0);

  stage.tell('The read model of balances is stopped, and money moves.');
  await stage.ask({ method: 'POST', path: `${path}/stop` });
  const posted = await stage.ask({
    method: 'POST',
    path: '/transfers',
    headers: { 'Idempotency-Key': `demo-operator-${stage.run}` },
    body: { from, to, amount_minor: 400, currency: 'USD' },
  });
  stage.claim('the transfer is posted all the same', posted.status, 201);
  stage.claim('the ledger answers for the read model', await balanceOf(stage, to), 400n);

  stage.tell('Started again, it catches up.');
  await stage.ask({ method: 'POST', path: `${path}/start` });
  stage.claim('nothing is missing', await lagWhenLevel(stage), 0);
  stage.claim('it says the same', await balanceOf(stage, to), 400n);

  stage.tell('It is made again from the log, beside the one in use, compared and switched to.');
  const asked = await stage.ask({ method: 'POST', path: `${path}/rebuild` });
  stage.claim('that takes a while: 202', asked.status, 202);
  stage.claim('reads go on', await balanceOf(stage, to), 400n);
  const ended = await operationWhenEnded(stage, operation.parse(asked.body).id);
  stage.claim('it was identical and is in use now', ended.state, 'done');
  const tables = ended.comparison ?? [];
  stage.claim('not a row differed', tables.filter((table) => table.differences > 0).length, 0);

  stage.tell('Balances, read models and what was published are compared with the journal.');
  const report = await reconcile(stage);
  stage.claim('they are found equal', report?.drifted, 0);
}

/** Waits for the end of the reconciliation that is asked for. */
async function reconcile(stage: Stage): Promise<z.infer<typeof reconciliation>['report'] | undefined> {
  const asked = await stage.ask({ method: 'POST', path: '/admin/reconciliations' });
  const { id } = reconciliation.parse(asked.body);
  const deadline = performance.now() + waitMsMax;
  for (;;) {
    const answer = await stage.api({ method: 'GET', path: `/admin/reconciliations/${id}` });
    const found = reconciliation.parse(answer.body);
    if (found.finished_at !== null || performance.now() > deadline) return found.report;
    await pause(pollMs);
  }
}

async function open(stage: Stage, name: string, credits: number): Promise<string> {
  const answer = await stage.api({
    method: 'POST',
    path: '/accounts',
    headers: { 'Idempotency-Key': `demo-${name}` },
    body: { currency: 'USD', external_id: name, opening_balance_minor: credits },
  });
  return account.parse(answer.body).id;
}

async function balanceOf(stage: Stage, id: string): Promise<unknown> {
  const answer = await stage.ask({ method: 'GET', path: `/accounts/${id}/balance` });
  return balance.parse(answer.body).balance_minor;
}

/** Others may be writing: level is when nothing is missing at some moment. */
async function lagWhenLevel(stage: Stage): Promise<number | undefined> {
  const deadline = performance.now() + waitMsMax;
  for (;;) {
    const answer = await stage.api({ method: 'GET', path: '/admin/projections' });
    const found = projections.parse(answer.body).data.find(({ name }) => name === 'balances');
    if (found?.lag_positions === 0 || performance.now() > deadline) return found?.lag_positions;
    await pause(pollMs);
  }
}

async function operationWhenEnded(stage: Stage, id: string): Promise<z.infer<typeof operation>> {
  const deadline = performance.now() + waitMsMax;
  for (;;) {
    const answer = await stage.api({ method: 'GET', path: `/admin/operations/${id}` });
    const found = operation.parse(answer.body);
    const isEnded = ['done', 'differs', 'failed', 'cancelled'].includes(found.state);
    if (isEnded || performance.now() > deadline) return found;
    await pause(pollMs);
  }
}
