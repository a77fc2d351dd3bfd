import type { PoolClient } from 'pg';
import type { Extent } from './check-models.ts';
import { Findings, type SourceReport } from './report.ts';
import type { Checkpoint, Snapshots } from './snapshots.ts';

/** Transfers compared at once. */
const pageMax = 5000;

interface TransferRow {
  readonly id: string;
  readonly status: string;
  readonly amount_minor: string;
  readonly from_id: string | null;
  readonly to_id: string | null;
}

const columns = 'status, amount_minor, from_id, to_id';
const fields = ['status', 'amount_minor', 'from_id', 'to_id'] as const;

/** Compares the transfers that did not change after the checkpoint; those that did are compared next time. */
export async function checkTransfers(
  { models, ledger }: Snapshots,
  { position }: Checkpoint,
  { from, signal }: Extent,
): Promise<SourceReport> {
  const findings = new Findings();
  for (let after = '00000000-0000-0000-0000-000000000000'; ;) {
    signal.throwIfAborted();
    const page = await pageTransfers(ledger, [after, from, position]);
    const actual = await readRows(models, page);
    findings.count(page.length);
    for (const row of page) compareRow(row, actual.get(row.id), findings);
    const last = page.at(-1);
    if (last === undefined || page.length < pageMax) break;
    after = last.id;
  }
  return findings.report('transfers', position);
}

async function pageTransfers(db: PoolClient, values: unknown[]): Promise<TransferRow[]> {
  const { rows } = await db.query<TransferRow>(
    `select id, ${columns} from ledger.transfers
      where id > $1 and position > $2 and position <= $3 order by id limit ${pageMax}`,
    values,
  );
  return rows;
}

async function readRows(
  db: PoolClient,
  page: readonly TransferRow[],
): Promise<Map<string, TransferRow>> {
  const { rows } = await db.query<TransferRow>(
    `select transfer_id as id, ${columns} from read_models.transfers where transfer_id = any($1)`,
    [page.map(({ id }) => id)],
  );
  return new Map(rows.map((row) => [row.id, row]));
}

function compareRow(expected: TransferRow, actual: TransferRow | undefined, findings: Findings): void {
  for (const field of fields) {
    const [should, is] = [expected[field] ?? undefined, actual?.[field] ?? undefined];
    if (should !== is)
      findings.add({ subject: `transfer ${expected.id}`, field, expected: should, actual: is });
  }
}
