import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from 'pg';
import { uuidv7 } from 'uuidv7';
import { queryRows, type Postgres } from './postgres.ts';

const batchSize = 1000;
/** Batches on their way at once, on one connection. */
const inFlightMax = 4;

const post = {
  name: 'post-baseline',
  text: `select baseline.post_batch($1, $2, $3::uuid[], $4::uuid[], $5::uuid[], $6::uuid[], $7::uuid[],
    $8::uuid[], $9::bigint[], $10, $11)`,
};

/** Sends batches to the hand-written function, as fast as it takes them. */
export interface Baseline {
  /** @returns transfers per second. */
  run(seconds: number): Promise<number>;
  /** Transfers posted in all. */
  readonly posted: number;
  close(): Promise<void>;
}

/** Makes the schema `baseline` anew, with a copy of the ledger's accounts and events as large as its own. */
export async function openBaseline(postgres: Postgres): Promise<Baseline> {
  await queryRows(postgres, readFileSync(join(import.meta.dirname, 'batch-baseline.sql'), 'utf8'));
  const accounts = await queryRows<{ id: string }>(postgres, 'select id from baseline.accounts');
  const ids = accounts.map(({ id }) => id);
  const events = [await sizeOf(postgres, 'TransferCompleted'), await sizeOf(postgres, 'EntryPosted')];
  const payloads = events.map((size) => Buffer.alloc(size, 'x'));
  const client = new Client({ ...postgres.config, pipeline: true });
  await client.connect();
  let posted = 0;
  const send = async (): Promise<void> => {
    const position = posted * 2;
    posted += batchSize;
    await client.query({ ...post, values: [position, new Date(), ...drawBatch(ids), ...payloads] });
  };
  return {
    get posted() {
      return posted;
    },
    run: (seconds) => sendFor(seconds, send),
    close: () => client.end(),
  };
}

async function sizeOf(postgres: Postgres, type: string): Promise<number> {
  const sql = `select avg(length(payload))::int as size
    from (select payload from ledger.events where type = $1 limit 1000) as first`;
  const [row] = await queryRows<{ size: number | null }>(postgres, sql, [type]);
  const size = row?.size ?? null;
  if (size === null) throw new Error(`the ledger has no event ${type} to measure`);
  return size;
}

/** Ids, entry ids, key digests, fingerprints, from, to, amounts. */
function drawBatch(accounts: readonly string[]): unknown[][] {
  const rows = Array.from({ length: batchSize }, () => {
    const from = Math.floor(Math.random() * accounts.length);
    const to = (from + 1 + Math.floor(Math.random() * (accounts.length - 1))) % accounts.length;
    const amount = 100 + Math.floor(Math.random() * 900);
    return [uuidv7(), uuidv7(), randomUUID(), randomUUID(), accounts[from], accounts[to], amount];
  });
  return Array.from({ length: 7 }, (_, column) => rows.map((row) => row[column]));
}

/** The first failure ends the run: without its batch those that follow can't be posted. */
async function sendFor(seconds: number, send: () => Promise<void>): Promise<number> {
  const start = performance.now();
  const end = start + seconds * 1000;
  let sent = 0;
  const lane = async (): Promise<void> => {
    while (performance.now() < end) {
      sent += batchSize;
      await send();
    }
  };
  await Promise.all(Array.from({ length: inFlightMax }, lane));
  return (sent * 1000) / (performance.now() - start);
}
