import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { styleText } from 'node:util';
import { isProblem, type CreditLedger } from '@credit-ledger/sdk/client.ts';
import { numberOf, requireWords, type Command } from './command.ts';

const ledger = 'smoke';
const currency = 'USD';
const pollMs = 200;
const defaultWaitSeconds = 60;

/** What a check works with, and what the one before left it. */
interface Trial {
  readonly client: CreditLedger;
  readonly run: string;
  readonly msMax: number;
}

/** What was expected is not so. */
class SmokeFault extends Error {
  override readonly name = 'SmokeFault';
}

/** Asks until the answer is the one that is waited for; a server that is not up yet counts as a no. */
async function until(msMax: number, what: string, fact: () => Promise<boolean>): Promise<void> {
  const endsAt = performance.now() + msMax;
  for (;;) {
    let fault: unknown;
    try {
      if (await fact()) return;
    } catch (error) {
      if (error instanceof SmokeFault) throw error;
      fault = error;
    }
    if (performance.now() > endsAt) throw new SmokeFault(`${what}: not in time`, { cause: fault });
    await delay(pollMs);
  }
}

function expect(isSo: boolean, what: string): void {
  if (!isSo) throw new SmokeFault(what);
}

async function furnish({ client, run }: Trial): Promise<void> {
  try {
    await client.createLedger({ name: ledger });
  } catch (error) {
    if (!isProblem(error, 'ledger_name_taken')) throw error;
  }
  for (const name of ['payer', 'payee'])
    await client.openAccount(
      { currency, external_id: `${name}-${run}`, credit_limit_minor: 0n },
      { ledger },
    );
  await client.deposit(`ext:payer-${run}`, { amount_minor: 1000n }, { ledger });
}

function pay({ client, run }: Trial, amount: bigint, options: { key: string; later?: boolean }) {
  const body = { from: `ext:payer-${run}`, to: `ext:payee-${run}`, amount_minor: amount, currency };
  const idempotencyKey = `smoke-${run}-${options.key}`;
  return client.postTransfer(body, { ledger, idempotencyKey, respondAsync: options.later });
}

async function payTwice(trial: Trial): Promise<void> {
  const first = await pay(trial, 250n, { key: 'once' });
  const again = await pay(trial, 250n, { key: 'once' });
  expect(first.id === again.id, 'the second request made a second transfer');
  const { balance_minor: balance } = await trial.client.readBalance(
    `ext:payee-${trial.run}`,
    { consistency: 'strong' },
    { ledger },
  );
  expect(balance === 250n, `the balance is ${balance} and not 250`);
}

async function overdraw(trial: Trial): Promise<void> {
  try {
    await pay(trial, 1_000_000n, { key: 'too-much' });
  } catch (error) {
    if (isProblem(error, 'insufficient_funds')) return;
    throw error;
  }
  throw new SmokeFault('an account was overdrawn');
}

/** Timelines are in the read models alone: what is seen there went all the way. */
async function followToReadModel(trial: Trial): Promise<void> {
  const { client, msMax } = trial;
  const { id } = await pay(trial, 1n, { key: 'followed' });
  await until(msMax, 'the read models show a transfer', async () => {
    const { events } = await client.readTimeline(id, {}, { ledger });
    return events.some(({ type }) => type === 'TransferCompleted');
  });
}

async function payLater(trial: Trial): Promise<void> {
  const { client, msMax } = trial;
  const { id } = await pay(trial, 1n, { key: 'later', later: true });
  await until(msMax, 'the worker runs a transfer', async () => {
    const { status } = await client.readTransfer(id, { consistency: 'strong' }, { ledger });
    return status === 'COMPLETED';
  });
}

async function reconcile({ client, msMax }: Trial): Promise<void> {
  const { id } = await client.requestReconciliation();
  let drifted = 0;
  await until(msMax, 'the scheduler reconciles', async () => {
    const { state, report, error } = await client.readReconciliation(id);
    expect(state !== 'failed', `the reconciliation failed: ${error}`);
    drifted = report?.drifted ?? 0;
    return state === 'done';
  });
  expect(drifted === 0, `${drifted} differences between the journal and what is made of it`);
  expect((await client.readTrialBalance({}, { ledger })).balanced, 'the books do not balance');
}

const checks: readonly (readonly [name: string, check: (trial: Trial) => Promise<void>])[] = [
  [
    'the server is ready',
    ({ client, msMax }) =>
      until(msMax, 'ready', async () => (await client.readReadiness()).status !== 'unavailable'),
  ],
  ['accounts are opened and money comes in', furnish],
  ['a transfer counts once, also when it is sent twice', payTwice],
  ['what is not there can not be spent', overdraw],
  ['the read models follow', followToReadModel],
  ['a transfer is accepted now and run later', payLater],
  ['the books balance, and every copy agrees with the journal', reconcile],
];

/** A short trial of a whole installation, in a ledger of its own. */
export const smoke: Command = {
  summary:
    'Try every role of an installation in a few seconds, in the ledger "smoke"; ends with 1 at a no',
  usage: '',
  options: {
    wait: {
      type: 'string',
      value: '<seconds>',
      describe: `How long to wait for each fact; ${defaultWaitSeconds} when absent`,
    },
  },
  examples: [['credit-ledger smoke --url http://gateway:4000', 'after an installation or an upgrade']],
  run: async (given, surface) => {
    requireWords(given);
    const msMax = (numberOf(given, 'wait') ?? defaultWaitSeconds) * 1000;
    const trial = { client: await surface.connect(given), run: randomUUID().slice(0, 8), msMax };
    for (const [name, check] of checks) {
      const begun = performance.now();
      try {
        await check(trial);
      } catch (error) {
        surface.err(`${styleText('red', 'no')}    ${name}\n`);
        if (!(error instanceof SmokeFault)) throw error;
        const cause = error.cause instanceof Error ? `: ${error.cause.message}` : '';
        surface.err(`      ${error.message}${cause}\n`);
        return 1;
      }
      const ms = Math.round(performance.now() - begun);
      surface.out(`${styleText('green', 'ok')}    ${name} ${styleText('dim', `(${ms} ms)`)}\n`);
    }
    return 0;
  },
};
