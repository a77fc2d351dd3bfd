import { hash } from 'node:crypto';
import { open, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import { z } from 'zod';
import type { LoggedEvent } from '../ledger/event-log.ts';

/*
 * An archive file is gzip of NDJSON: one event a line, all columns of the log, the payload in base64
 * (docs/operations/runbook.md). Its name says which positions it holds, its SHA-256 is kept in the database and in a
 * file beside it in the format of sha256sum.
 */

const zip = promisify(gzip);
const unzip = promisify(gunzip);

const eventShape = z.object({
  position: z.int(),
  epoch: z.int(),
  event_id: z.string(),
  type: z.string(),
  schema_version: z.int(),
  ledger: z.string(),
  aggregate: z.enum(['account', 'transfer', 'entry']),
  key: z.string(),
  payload: z.base64(),
  traceparent: z.string().optional(),
  correlation_id: z.string().optional(),
  recorded_at: z.int(),
});

/** A file of the archive: what it holds, both positions included. */
export interface ArchiveFile {
  readonly first: number;
  readonly last: number;
  readonly file: string;
  /** 64 hexadecimal digits. */
  readonly sha256: string;
}

/** What is in the archive is not what was put there. */
export class ArchiveDamaged extends Error {
  override readonly name = 'ArchiveDamaged';
}

/** Writes contiguous events; when it resolves they are on the disk under their name, or not at all. */
export async function writeArchive(
  directory: string,
  events: readonly LoggedEvent[],
): Promise<ArchiveFile> {
  const [first, last] = [events[0]?.position ?? 0, events.at(-1)?.position ?? 0];
  if (events.length === 0 || last - first + 1 !== events.length)
    throw new Error(`the events from ${first} to ${last} have gaps`);
  const bytes = await zip(events.map(writeLine).join(''));
  const file = `events-${pad(first)}-${pad(last)}.ndjson.gz`;
  const sha256 = hash('sha256', bytes, 'hex');
  await writeDurably(directory, file, bytes);
  await writeDurably(directory, `${file}.sha256`, Buffer.from(`${sha256}  ${file}\n`));
  return { first, last, file, sha256 };
}

const pad = (position: number): string => String(position).padStart(15, '0');

function writeLine(event: LoggedEvent): string {
  const { position, epoch, eventId, type, schemaVersion, ledger, aggregate, key, payload } = event;
  const { traceparent, correlationId, recordedAt } = event;
  const line = {
    position,
    epoch,
    event_id: eventId,
    type,
    schema_version: schemaVersion,
    ledger,
    aggregate,
    key,
    payload: Buffer.from(payload).toString('base64'),
    traceparent,
    correlation_id: correlationId,
    recorded_at: recordedAt,
  };
  return `${JSON.stringify(line)}\n`;
}

async function writeDurably(directory: string, file: string, bytes: Uint8Array): Promise<void> {
  const path = join(directory, file);
  const handle = await open(`${path}.part`, 'w', 0o600);
  try {
    await handle.writeFile(bytes);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(`${path}.part`, path);
  const folder = await open(directory);
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

/** Reads a file whole. @throws {ArchiveDamaged} where it is not what was written */
export async function readArchive(directory: string, archive: ArchiveFile): Promise<LoggedEvent[]> {
  const { file, sha256, first, last } = archive;
  const bytes = await readFile(join(directory, file));
  if (hash('sha256', bytes, 'hex') !== sha256)
    throw new ArchiveDamaged(`${file} does not have the checksum that it was written with`);
  const lines = (await unzip(bytes)).toString().trimEnd().split('\n');
  const events = lines.map(readLine);
  const isWhole = events.every(({ position }, index) => position === first + index);
  if (!isWhole || events.length !== last - first + 1)
    throw new ArchiveDamaged(`${file} does not hold the positions from ${first} to ${last}`);
  return events;
}

function readLine(line: string): LoggedEvent {
  const event = eventShape.parse(JSON.parse(line));
  return {
    position: event.position,
    epoch: event.epoch,
    eventId: event.event_id,
    type: event.type,
    schemaVersion: event.schema_version,
    ledger: event.ledger,
    aggregate: event.aggregate,
    key: event.key,
    payload: Buffer.from(event.payload, 'base64'),
    traceparent: event.traceparent,
    correlationId: event.correlation_id,
    recordedAt: event.recorded_at,
  };
}
