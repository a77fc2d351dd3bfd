import { accountOut, balanceOut } from '@credit-ledger/contract/accounts.ts';
import { z } from 'zod';
import type { ApiRequest } from './api.ts';
import { problemOut } from './problem-shape.ts';
import type { Stage } from './stage.ts';

const account = accountOut.pick({ id: true });
const balances = z.object({ data: balanceOut.pick({ balance_minor: true, version: true }).array() });

/** So many transfers at once, half of them in each direction. */
const transferCount = 100;

/** Core banking: money comes in, goes out, never beyond the limit, and crowds do no harm. */
export async function playBank(stage: Stage): Promise<void> {
  stage.title('Bank: deposits, withdrawals and a crowd');
  const anna = await openAccount(stage, 'Anna');
  const ben = await openAccount(stage, 'Ben');
  await book(
    stage,
    'Anna brings 500.00 EUR to the counter.',
    move(stage, `/accounts/${anna}/deposits`, 50_000),
  );
  await book(
    stage,
    'She takes 120.00 EUR out again.',
    move(stage, `/accounts/${anna}/withdrawals`, 12_000),
  );
  await book(stage, 'She sends 80.00 EUR to Ben.', transferOf(stage, 'rent', anna, ben, 8000));
  await claimBalances(stage, anna, ben, [30_000n, 8000n]);

  stage.tell('Ben tries to take out more than he has.');
  const refused = await stage.ask(move(stage, `/accounts/${ben}/withdrawals`, 8001));
  stage.claim('it is refused', refused.status, 422);
  stage.claim('for lack of funds', problemOut.parse(refused.body).code, 'insufficient_funds');

  await playCrowd(stage, anna, ben);
}

async function openAccount(stage: Stage, name: string): Promise<string> {
  stage.tell(`Open an account for ${name} that can't be overdrawn.`);
  const body = { currency: 'EUR', name, credit_limit_minor: 0 };
  const opened = await stage.ask({ method: 'POST', path: '/accounts', body });
  stage.claim(`${name}'s account is open`, opened.status, 201);
  return account.parse(opened.body).id;
}

function move(stage: Stage, path: string, amount: number): ApiRequest {
  const kind = path.split('/').at(-1);
  const headers = { 'Idempotency-Key': `demo-${kind}-${amount}-${stage.run}` };
  return { method: 'POST', path, headers, body: { amount_minor: amount } };
}

function transferOf(stage: Stage, name: string, from: string, to: string, amount: number): ApiRequest {
  const headers = { 'Idempotency-Key': `demo-${name}-${stage.run}` };
  return {
    method: 'POST',
    path: '/transfers',
    headers,
    body: { from, to, amount_minor: amount, currency: 'EUR' },
  };
}

async function book(stage: Stage, sentence: string, request: ApiRequest): Promise<void> {
  stage.tell(sentence);
  stage.claim('it is booked', (await stage.ask(request)).status, 201);
}

async function claimBalances(
  stage: Stage,
  anna: string,
  ben: string,
  expected: bigint[],
): Promise<void> {
  const read = await stage.ask({ method: 'GET', path: `/balances?account_ids=${anna},${ben}` });
  const actual = balances.parse(read.body).data.map((row) => row.balance_minor);
  stage.claim(`Anna has ${expected[0]}, Ben has ${expected[1]}`, actual, expected);
}

/** Each of Anna's transfers takes 3.00, each of Ben's 1.00: she ends 100.00 lower, he 100.00 higher. */
async function playCrowd(stage: Stage, anna: string, ben: string): Promise<void> {
  stage.tell(
    `Now ${transferCount} transfers at once, every other one in the opposite direction. The first two:`,
  );
  const requests = Array.from({ length: transferCount }, (_, index) =>
    index % 2 === 0
      ? transferOf(stage, `crowd-${index}`, anna, ben, 300)
      : transferOf(stage, `crowd-${index}`, ben, anna, 100),
  );
  for (const request of requests.slice(0, 2)) stage.show(request);
  const start = performance.now();
  const answers = await Promise.all(requests.map((request) => stage.api(request)));
  const milliseconds = Math.round(performance.now() - start);
  stage.tell(`All ${answers.length} are answered after ${milliseconds} ms.`);
  const booked = answers.filter(({ status }) => status === 201).length;
  stage.claim(`all ${transferCount} are booked: no deadlock, no lost update`, booked, transferCount);
  await claimBalances(stage, anna, ben, [20_000n, 18_000n]);
}
