import type { CreditLedger } from '@credit-ledger/sdk/client.ts';
import { isProblem } from '@credit-ledger/sdk/client.ts';
import { numberOf, requireWords, type Command } from './command.ts';
import { clearBar, showBar } from './wait-for.ts';
import { stringifyJson } from '@credit-ledger/contract/json.ts';
import { isGiven } from './command.ts';

const accountCount = 100;
const currency = 'USD';

/** Opens what the load works on, in a ledger of its own, so that no book of anybody is touched. */
async function furnish(client: CreditLedger, ledger: string): Promise<string[]> {
  try {
    await client.createLedger({ name: ledger });
  } catch (error) {
    if (!isProblem(error, 'ledger_name_taken')) throw error;
  }
  const accounts = Array.from({ length: accountCount }, (_, index) => ({
    currency,
    external_id: `bench-${index}`,
  }));
  const { results } = await client.openAccounts(
    { accounts },
    { ledger, idempotencyKey: 'bench-accounts' },
  );
  return results.flatMap(({ account }) => (account === undefined ? [] : [account.id]));
}

/** Runs a small load of transfers, one a request, and says how fast they were. */
export const bench: Command = {
  summary:
    'Measure transfers a second over HTTP, in the ledger "bench"; npm run bench measures everything',
  usage: '',
  options: {
    seconds: { type: 'string', value: '<n>', describe: '5 when absent' },
    connections: { type: 'string', value: '<n>', describe: 'Requests at once; 32 when absent' },
    json: { type: 'boolean', describe: 'The figures as JSON' },
  },
  run: async (given, surface) => {
    requireWords(given);
    const [seconds, connections] = [
      numberOf(given, 'seconds') ?? 5,
      numberOf(given, 'connections') ?? 32,
    ];
    const ledger = 'bench';
    const client = await surface.connect(given);
    const ids = await furnish(client, ledger);
    const times: number[] = [];
    const begun = performance.now();
    const endsAt = begun + seconds * 1000;
    const work = async (lane: number): Promise<void> => {
      for (let turn = lane; performance.now() < endsAt; turn++) {
        const sentAt = performance.now();
        const [from = '', to = ''] = [ids[turn % ids.length], ids[(turn * 7 + 1 + lane) % ids.length]];
        if (from === to) continue;
        await client.postTransfer({ from, to, amount_minor: 1n, currency }, { ledger });
        times.push(performance.now() - sentAt);
        if (lane === 0) showBar(surface, 'transfers', (sentAt - begun) / (seconds * 1000));
      }
    };
    await Promise.all(Array.from({ length: connections }, (_, lane) => work(lane)));
    clearBar(surface);
    times.sort((a, b) => a - b);
    const figures = {
      transfers: times.length,
      per_second: Math.round(times.length / ((performance.now() - begun) / 1000)),
      p50_ms: rounded(times[Math.floor(times.length * 0.5)]),
      p99_ms: rounded(times[Math.floor(times.length * 0.99)]),
    };
    const text = `${figures.per_second} transfers a second, p50 ${figures.p50_ms} ms, p99 ${figures.p99_ms} ms, client included`;
    surface.out(`${isGiven(given, 'json') ? stringifyJson(figures) : text}\n`);
    return 0;
  },
};

function rounded(ms: number | undefined): number {
  return Math.round((ms ?? 0) * 10) / 10;
}
