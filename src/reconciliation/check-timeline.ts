import type { PoolClient } from 'pg';
import { Findings, type SourceReport } from './report.ts';
import type { Checkpoint, Snapshots } from './snapshots.ts';

/** Positions whose events are compared by one count and checksum. */
const blockSize = 10_000;

interface BlockRow {
  readonly block: string;
  readonly events: string;
  readonly first: string;
  readonly last: string;
  readonly checksum: string;
}

const blocks = (from: string, transfer: string) => `select v.position / ${blockSize} as block,
    count(*) as events, min(v.position) as first, max(v.position) as last,
    sum(('x' || substr(md5(concat_ws('|', v.position, v.type, ${transfer})), 1, 15))::bit(60)::bigint) as checksum
  from ${from} and v.position > $1 and v.position <= $2 group by 1`;

const actualText = blocks('read_models.transfer_timeline v where true', 'v.transfer_id');
const expectedText = blocks(
  `ledger.events v where (v.aggregate = 'transfer'
    or (v.aggregate = 'entry' and exists (select from ledger.transfers t where t.id = v.key)))`,
  'v.key',
);

const keptText = 'select coalesce(min(position), 1) as kept from ledger.events';

/** Compares the events of transfers in the timeline with those of the log, block by block. */
export async function checkTimeline(
  { models, ledger }: Snapshots,
  { position }: Checkpoint,
  after: number,
): Promise<SourceReport> {
  const findings = new Findings();
  const { rows } = await ledger.query<{ kept: string }>(keptText);
  // What only the archive has is not compared again: the log and the timeline were when it was archived.
  const from = Math.max(after, Number(rows[0]?.kept ?? 1) - 1);
  const expected = await readBlocks(ledger, expectedText, from, position);
  const actual = await readBlocks(models, actualText, from, position);
  findings.count(Math.max(0, position - from));
  for (const block of new Set([...expected.keys(), ...actual.keys()])) {
    const should = expected.get(block);
    const is = actual.get(block);
    for (const field of ['events', 'first', 'last', 'checksum'] as const)
      if (should?.[field] !== is?.[field])
        findings.add({
          subject: `positions from ${Number(block) * blockSize}`,
          field,
          expected: should?.[field],
          actual: is?.[field],
        });
  }
  return findings.report('transfer_timeline', position);
}

async function readBlocks(
  db: PoolClient,
  text: string,
  from: number,
  position: number,
): Promise<Map<string, BlockRow>> {
  const { rows } = await db.query<BlockRow>(text, [from, position]);
  return new Map(rows.map((row) => [row.block, row]));
}
