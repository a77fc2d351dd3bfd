import type { Pool } from 'pg';
import { readHead } from '../ledger/read-ledgers.ts';
import type { Message, Transport } from '../relay/transport/transport.ts';
import { blockSize, LogBlocks } from './log-blocks.ts';
import { Findings, type SourceReport } from './report.ts';

const pageMax = 2000;
/** Records may be older than their event's place in the log says, where clocks differ. */
const slackMs = 600_000;

export type ReadLog = (after: number, limit: number) => Promise<Message[]>;

/** The topics in blocks, and from where on they hold everything. */
interface Held {
  readonly blocks: LogBlocks;
  /** The broker has let go of what was before. */
  readonly keptFrom: number;
  readonly highest: number;
  readonly strange: number;
}

/**
 * Compares what the broker holds with the log, up to what the relay had sent when it began: an event that is
 * missing there, or another one at its place, is a difference of its block.
 */
export async function checkTopics(
  {
    db,
    transport,
    readLog,
  }: { readonly db: Pool; readonly transport: Transport; readonly readLog: ReadLog },
  { from, signal }: { readonly from: number; readonly signal: AbortSignal },
): Promise<SourceReport> {
  const { readBack } = transport;
  const findings = new Findings();
  const cursor = await readCursor(db, transport.name);
  if (readBack === undefined) return findings.report('topics', cursor, noteFor(transport.name));
  const [event] = from === 0 ? [] : await readLog(from - 1, 1);
  const held = await readTopics(readBack(event && event.recordedAt - slackMs), signal);
  const begin = Math.max(from, held.keptFrom - 1);
  await compare(readLog, held, { begin, end: cursor, signal }, findings);
  const { position: head } = await readHead(db);
  if (held.highest > head)
    findings.add({
      subject: 'log',
      field: 'position',
      expected: String(held.highest),
      actual: String(head),
    });
  findings.count(Math.max(0, cursor - begin));
  const note =
    held.strange === 0 ? undefined : `${held.strange} records are not of ours and were left out`;
  return findings.report('topics', cursor, note);
}

function noteFor(name: Transport['name']): string {
  return name === 'postgres'
    ? 'consumers read the log itself: there is nothing else to compare'
    : 'queues give each message once and can not be read again; consumers look for gaps themselves';
}

async function readCursor(db: Pool, transport: string): Promise<number> {
  const { rows } = await db.query<{ position: string }>(
    'select position from relay.cursors where transport = $1',
    [transport],
  );
  return Number(rows[0]?.position ?? (await readHead(db)).position);
}

async function readTopics(
  records: ReturnType<NonNullable<Transport['readBack']>>,
  signal: AbortSignal,
): Promise<Held> {
  const blocks = new LogBlocks();
  let keptFrom = 0;
  let highest = 0;
  let strange = 0;
  for await (const { position, message, isFirstKept } of records) {
    signal.throwIfAborted();
    if (position === undefined) strange += 1;
    else {
      highest = Math.max(highest, position);
      if (isFirstKept) keptFrom = Math.max(keptFrom, position);
      if (message !== undefined) blocks.add(message);
    }
  }
  return { blocks, keptFrom, highest, strange };
}

/** Compares what is after `begin`, up to `end`. */
async function compare(
  readLog: ReadLog,
  { blocks }: Held,
  { begin, end, signal }: { readonly begin: number; readonly end: number; readonly signal: AbortSignal },
  findings: Findings,
): Promise<void> {
  for (let number = Math.floor((begin + 1) / blockSize); number * blockSize <= end; number += 1) {
    signal.throwIfAborted();
    const expected = await readBlock(readLog, number, end);
    const should = expected.facts(number, begin, end);
    const is = blocks.facts(number, begin, end);
    for (const field of ['events', 'first', 'last', 'checksum'] as const)
      if (should?.[field] !== is?.[field])
        findings.add({
          subject: `positions from ${number * blockSize}`,
          field,
          expected: should?.[field],
          actual: is?.[field],
        });
  }
}

async function readBlock(readLog: ReadLog, number: number, end: number): Promise<LogBlocks> {
  const blocks = new LogBlocks();
  const last = Math.min(end, (number + 1) * blockSize - 1);
  let position = Math.max(0, number * blockSize - 1);
  while (position < last) {
    const page = await readLog(position, Math.min(pageMax, last - position));
    for (const event of page) blocks.add(event);
    position = page.at(-1)?.position ?? position + pageMax;
  }
  return blocks;
}
