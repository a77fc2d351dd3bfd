import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type { Pool } from 'pg';
import { uuidv7 } from 'uuidv7';
import { readOperation, requestOperation } from '../../src/projections/operations.ts';
import { projectionNames } from '../../src/projections/projection.ts';
import { createDatabase } from '../support/databases.ts';
import { until } from '../support/product.ts';
import { assertModelsMatch, caughtUp, poolOf } from '../support/projections.ts';
import { removeData, startServer } from '../support/server-process.ts';
import { createRandom, Workload } from '../support/workload.ts';

const seed = Number(process.env['FAULT_SEED'] ?? Date.now() % 2 ** 31);
const rounds = 6;
const adminKey = 'projector-kills-admin-key-0123456789';
const main = join(import.meta.dirname, '..', '..', 'src', 'main.ts');

/** A process of projections alone. */
function startProjections(env: Readonly<Record<string, string>>): ChildProcess {
  return spawn(process.execPath, [main], {
    env: { ...process.env, ...env, ROLE: 'projections', PORT: '0', LOG_LEVEL: 'silent' },
    stdio: 'ignore',
  });
}

async function kill(child: ChildProcess): Promise<void> {
  const exited = once(child, 'exit');
  child.kill('SIGKILL');
  await exited;
}

/** How often something was applied or loaded so far; grows with every commit of a projection or a rebuild. */
async function readProgress(pool: Pool): Promise<number> {
  const { rows } = await pool.query<{ progress: string }>(
    `select (select coalesce(sum(position), 0) from read_models.checkpoints)
      + (select coalesce(sum(position), 0) from read_models.operations) as progress`,
  );
  return Number(rows[0]?.progress);
}

async function rebuildAll(pool: Pool): Promise<string[]> {
  return Promise.all(
    projectionNames.map(async (projection) => {
      const id = uuidv7();
      const rest = { account: undefined, acceptDifferences: false, from: 0, actor: 'test' };
      assert.ok(await requestOperation(pool, { id, projection, kind: 'rebuild', ...rest }));
      return id;
    }),
  );
}

async function prepare(t: TestContext) {
  const database = await createDatabase(t);
  const dataDir = mkdtempSync(join(tmpdir(), 'projector-kills-'));
  const env = { DATABASE_URL: database.url, ADMIN_API_KEY: adminKey, DATA_DIR: dataDir };
  const server = await startServer(dataDir, { ...env, ROLE: 'gateway,ledger' });
  t.after(async () => {
    await server.stop();
    removeData(server);
  });
  return { pool: poolOf(t, database), server, env };
}

test('projections killed again and again in the middle of batches and rebuilds lose and double nothing', async (t) => {
  t.diagnostic(`FAULT_SEED=${seed}`);
  const random = createRandom(seed);
  const { pool, server, env } = await prepare(t);
  const workload = new Workload(() => [server], random);
  await workload.start(8);
  t.after(() => workload.abandon());
  let child = startProjections(env);
  t.after(() => child.kill('SIGKILL'));
  await caughtUp(pool);
  let operations: string[] = [];
  for (let round = 1; round <= rounds; round += 1) {
    if (round === rounds / 2) operations = await rebuildAll(pool);
    const before = await readProgress(pool);
    await until(async () => (await readProgress(pool)) > before, 'the projections get on');
    await delay(random() * 50);
    await kill(child);
    child = startProjections(env);
  }
  await workload.stop();
  await caughtUp(pool);
  await until(async () => {
    const found = await Promise.all(operations.map((id) => readOperation(pool, id)));
    return found.every((operation) => operation?.finishedAt !== undefined);
  }, 'the rebuilds end');
  for (const id of operations) {
    const operation = await readOperation(pool, id);
    assert.equal(operation?.state, 'done', operation?.error ?? '');
  }
  await assertModelsMatch(pool);
  await kill(child);
});
