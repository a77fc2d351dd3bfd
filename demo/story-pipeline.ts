import { setTimeout as pause } from 'node:timers/promises';
import { accountOut } from '@credit-ledger/contract/accounts.ts';
import { transferDetailOut, transferOut } from '@credit-ledger/contract/transfers.ts';
import { z } from 'zod';
import type { ApiAnswer } from './api.ts';
import type { Stage } from './stage.ts';

const account = accountOut.pick({ id: true });
const transfer = transferOut.pick({ id: true, status: true });
const detail = transferDetailOut.pick({ status: true, failure: true, processing: true });
const events = z.object({ data: z.array(z.object({ type: z.string() })) });

const pollMs = 20;
const waitMsMax = 10_000;

/** Transfers that are accepted now and run later: by the worker at once, at a time, or never. */
export async function playPipeline(stage: Stage): Promise<void> {
  stage.title('Pipeline: accepted now, run by the worker');
  const { run } = stage;
  const from = await open(stage, `shop-${run}`, 5000);
  const to = await open(stage, `courier-${run}`, 0);
  const post = (amount: number, key: string, more: Fields, headers: Record<string, string> = {}) =>
    stage.ask({
      method: 'POST',
      path: '/transfers',
      headers: { 'Idempotency-Key': `demo-${key}-${run}`, ...headers },
      body: { from, to, amount_minor: amount, currency: 'USD', ...more },
    });
  const later = { Prefer: 'respond-async' };

  stage.tell(
    'With Prefer: respond-async a transfer is stored and answered 202; the money has not moved yet.',
  );
  const first = await post(1234, 'async', {}, later);
  stage.claim('it is accepted', first.status, 202);
  stage.claim('and is INITIATED', transfer.parse(first.body).status, 'INITIATED');
  stage.tell('The event of it wakes the worker, which runs it under the same id.');
  const done = await readWhen(stage, first, 'COMPLETED');
  stage.claim('it is completed', detail.parse(done.body).status, 'COMPLETED');
  const again = await post(1234, 'async', {}, later);
  stage.claim('the first 202 stays the answer to its key', again.text, first.text);

  stage.tell('A refusal by a rule is an outcome: FAILED at once, and never tried again.');
  const refused = await readWhen(stage, await post(999_999, 'refused', {}, later), 'FAILED');
  const { failure, processing } = detail.parse(refused.body);
  stage.claim('it failed by the rule', failure?.code, 'insufficient_funds');
  stage.claim('the worker is done with it', processing, null);

  await playSchedule(stage, post);
  await showEvents(stage, first);
}

type Fields = Readonly<Record<string, string>>;

async function playSchedule(
  stage: Stage,
  post: (amount: number, key: string, more: Fields) => Promise<ApiAnswer>,
): Promise<void> {
  stage.tell('With execute_at it is run at that time …');
  const soon = await post(100, 'soon', { execute_at: inMs(1000) });
  stage.claim('it is SCHEDULED', transfer.parse(soon.body).status, 'SCHEDULED');
  const done = await readWhen(stage, soon, 'COMPLETED');
  stage.claim('and completed at its time', detail.parse(done.body).status, 'COMPLETED');

  stage.tell('… unless it is cancelled before.');
  const far = await post(100, 'far', { execute_at: inMs(86_400_000) });
  const cancelled = await stage.ask({
    method: 'POST',
    path: `/transfers/${transfer.parse(far.body).id}/cancel`,
    headers: { 'Idempotency-Key': `demo-cancel-${stage.run}` },
    body: {},
  });
  stage.claim('it is CANCELLED', transfer.parse(cancelled.body).status, 'CANCELLED');
}

async function showEvents(stage: Stage, answer: ApiAnswer): Promise<void> {
  stage.tell('All of it is in the log of events; Accept: text/event-stream follows it live.');
  const { id } = transfer.parse(answer.body);
  const page = await stage.ask({ method: 'GET', path: `/events?transfer_id=${id}` });
  stage.claim(
    'the first transfer left its three events',
    events.parse(page.body).data.map(({ type }) => type),
    ['TransferInitiated', 'EntryPosted', 'TransferCompleted'],
  );
}

async function open(stage: Stage, name: string, opening: number): Promise<string> {
  const { body } = await stage.ask({
    method: 'POST',
    path: '/accounts',
    headers: { 'Idempotency-Key': `demo-open-${name}` },
    body: {
      currency: 'USD',
      external_id: name,
      credit_limit_minor: 0,
      opening_balance_minor: opening,
    },
  });
  return account.parse(body).id;
}

/** Waits for the worker, then asks in public. */
async function readWhen(stage: Stage, answer: ApiAnswer, status: string): Promise<ApiAnswer> {
  const request = { method: 'GET', path: `/transfers/${transfer.parse(answer.body).id}` } as const;
  const until = performance.now() + waitMsMax;
  while (performance.now() < until) {
    if (transfer.parse((await stage.api(request)).body).status === status) break;
    await pause(pollMs);
  }
  return stage.ask(request);
}

function inMs(ms: number): string {
  return new Date(Date.now() + ms).toISOString();
}
