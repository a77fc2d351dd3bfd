import { styleText } from 'node:util';
import { stringifyJson } from '@credit-ledger/contract/json.ts';
import { isProblem, type CreditLedger } from '@credit-ledger/sdk/client.ts';
import { isGiven, requireWords, type Command } from './command.ts';
import { toJson } from './output.ts';

/** A row of the overview; `isWell` undefined where that is no question. */
interface Row {
  readonly what: string;
  readonly says: string;
  readonly isWell: boolean;
}

/** What is asked with an admin key says so where the key is none. */
async function withAdmin(what: string, read: () => Promise<Row[]>): Promise<Row[]> {
  try {
    return await read();
  } catch (error) {
    if (isProblem(error, 'forbidden')) return [{ what, says: 'needs an admin key', isWell: true }];
    throw error;
  }
}

async function readRows(client: CreditLedger): Promise<Row[]> {
  const { dependencies } = await client.readReadiness();
  const ready = dependencies.map(({ name, status }) => ({
    what: name,
    says: status,
    isWell: status === 'ok',
  }));
  const projections = await withAdmin('projections', async () =>
    (await client.listProjections()).data.map((row) => ({
      what: `projection ${row.name}`,
      says: `${row.state}, ${row.lag_positions} behind${row.parked > 0 ? `, ${row.parked} parked` : ''}`,
      isWell: row.state !== 'stopped' && row.parked === 0 && row.drifted_at === null,
    })),
  );
  const outbox = await withAdmin('outbox', async () =>
    (await client.readOutbox()).outboxes.map((row) => ({
      what: `outbox ${row.transport}`,
      says: `${row.state}, ${row.unpublished_events} to send${row.fault === null ? '' : `: ${row.fault}`}`,
      isWell: row.state === 'sending' || row.state === 'waiting',
    })),
  );
  const letters = await withAdmin('dead letters', async () => {
    const parked = await client.listDeadLetters({ status: 'parked' }).take(100);
    return [
      {
        what: 'dead letters',
        says: `${parked.length === 100 ? '100 or more' : parked.length} parked`,
        isWell: parked.length === 0,
      },
    ];
  });
  const checks = await withAdmin('reconciliation', () => readLastRuns(client));
  return [...ready, ...projections, ...outbox, ...letters, ...checks];
}

async function readLastRuns(client: CreditLedger): Promise<Row[]> {
  const [reconciliation] = await client.listReconciliations({ limit: 1 }).take(1);
  const report = reconciliation?.report ?? null;
  const says = report === null ? 'none yet' : `${report.drifted} differences up to ${report.position}`;
  return [{ what: 'reconciliation', says, isWell: report === null || report.drifted === 0 }];
}

export const status: Command = {
  summary:
    'How a server stands: what it depends on, read models, outbox, dead letters, the last reconciliation',
  usage: '',
  options: { json: { type: 'boolean', describe: 'One JSON document a line' } },
  examples: [['credit-ledger status', 'ends with 1 where something needs a look']],
  run: async (given, surface) => {
    requireWords(given);
    const rows = await readRows(await surface.connect(given));
    const width = Math.max(...rows.map(({ what }) => what.length));
    for (const row of rows) {
      const mark = row.isWell ? styleText('green', 'ok  ') : styleText('red', 'LOOK');
      const line = `${mark}  ${row.what.padEnd(width)}  ${row.says}`;
      surface.out(`${isGiven(given, 'json') ? stringifyJson(toJson(row)) : line}\n`);
    }
    return rows.every(({ isWell }) => isWell) ? 0 : 1;
  },
};
