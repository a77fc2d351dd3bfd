import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { audit } from '../support/audit.ts';
import { connectTo, startServer, type ServerProcess } from '../support/server-process.ts';
import { createRandom, Workload } from '../support/workload.ts';

/** Two servers on one data directory: the first writes, the second stands by. */
async function startPair(
  t: TestContext,
): Promise<{ dataDir: string; writer: ServerProcess; standBy: ServerProcess }> {
  const dataDir = await mkdtemp(join(tmpdir(), 'pair-'));
  const writer = await startServer(dataDir);
  t.after(() => end(writer));
  const standBy = await startServer(dataDir);
  t.after(() => end(standBy));
  t.after(() => rm(dataDir, { recursive: true, force: true }));
  return { dataDir, writer, standBy };
}

async function end(server: ServerProcess): Promise<void> {
  server.signal('SIGCONT');
  server.signal('SIGTERM');
  await server.exited;
}

async function finish(workload: Workload, dataDir: string): Promise<void> {
  await workload.stop();
  const client = await connectTo(dataDir);
  try {
    await workload.verify(client);
    assert.deepEqual(await audit(client), []);
  } finally {
    await client.end();
  }
}

test('a stand-by forwards commands, and takes over from a killed writer', async (t) => {
  const { dataDir, writer, standBy } = await startPair(t);
  const workload = new Workload(() => [standBy], createRandom(1));
  await workload.start(8);
  await workload.progress(50);
  writer.signal('SIGKILL');
  await writer.exited;
  const killedAt = performance.now();
  await workload.progress(9);
  t.diagnostic(`served again ${Math.round(performance.now() - killedAt)} ms after the kill`);
  await workload.progress(50);
  await finish(workload, dataDir);
});

test('a stand-by takes over from a stopped writer, which stands by when it wakes up', async (t) => {
  const { dataDir, writer, standBy } = await startPair(t);
  const workload = new Workload(() => [standBy], createRandom(2));
  await workload.start(8);
  await workload.progress(50);
  writer.signal('SIGSTOP');
  const stoppedAt = performance.now();
  await workload.progress(9);
  const takenMs = performance.now() - stoppedAt;
  t.diagnostic(`served again ${Math.round(takenMs)} ms after the stop`);
  assert.ok(takenMs < 15_000, 'within 15 seconds');
  writer.signal('SIGCONT');
  await workload.progress(50);
  await finish(workload, dataDir);
  const ready = await fetch(`${writer.url}/readyz`);
  assert.equal(ready.status, 200, await ready.text());
});
