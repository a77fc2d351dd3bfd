import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { callsTo, until } from '../support/product.ts';
import { connectTo, readPostmaster, startServer } from '../support/server-process.ts';

const readers = 16;

async function killPostgres(dataDir: string): Promise<void> {
  process.kill(readPostmaster(dataDir).pid, 'SIGKILL');
}

/** PostgreSQL then ends every session and recovers. */
async function killReader(dataDir: string): Promise<void> {
  const client = await connectTo(dataDir);
  const { rows } = await client.query<{ pid: number }>(
    `select pid from pg_stat_activity where application_name = 'credit-ledger reader' limit 1`,
  );
  for (const { pid } of rows) process.kill(pid, 'SIGKILL');
  await client.end().catch(() => {});
}

test('reads while PostgreSQL is killed and comes back are answered, or put off with 503', async (t) => {
  const dataDir = await mkdtemp(join(tmpdir(), 'reads-'));
  const server = await startServer(dataDir);
  t.after(async () => {
    await server.stop();
    await rm(dataDir, { recursive: true, force: true });
  });
  const { open, call } = callsTo(server);
  await open('a');
  const counts = new Map<string, number>();
  const over = new AbortController();
  const read = async (): Promise<void> => {
    while (!over.signal.aborted) {
      const { status, json } = await call('GET', '/v1/accounts/ext:a/balance');
      const what = status === 200 ? 'answered' : `${status} ${String(json['code'])}`;
      counts.set(what, (counts.get(what) ?? 0) + 1);
    }
  };
  const running = Array.from({ length: readers }, read);
  const answered = () => counts.get('answered') ?? 0;
  for (const kill of [killPostgres, killReader, killReader]) {
    const before = answered();
    await until(async () => answered() > before + 200, 'reads are answered');
    await kill(dataDir);
  }
  const before = answered();
  await until(async () => answered() > before + 200, 'reads are answered again');
  over.abort();
  await Promise.all(running);
  assert.deepEqual([...counts.keys()].toSorted(), ['503 ledger_unavailable', 'answered']);
});
