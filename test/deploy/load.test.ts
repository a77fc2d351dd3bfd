import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { slopeOf, type Sample } from '../../bench/slope.ts';
import { runProgram } from '../support/program.ts';
import { startServer } from '../support/server-process.ts';

test('a smoke load by k6 ends in a reconciliation, and every acknowledged transfer is there', async (t) => {
  const dataDir = await mkdtemp(join(tmpdir(), 'load-'));
  const server = await startServer(dataDir, { LOG_LEVEL: 'warn' });
  t.after(async () => {
    await server.stop();
    await rm(dataDir, { recursive: true, force: true });
  });
  const where = ['--url', server.url, '--key', server.adminKey];
  const { code, output } = await runProgram('bench/load.ts', [
    'smoke',
    '--rate',
    '40',
    '--seconds',
    '5',
    ...where,
  ]);
  assert.equal(code, 0, output);
  for (const said of ['nothing differs from the journal', 'the books balance'])
    assert.ok(output.includes(`✓ ${said}`), output);
  const counted = /(\d+) transfers were acknowledged, (\d+) are there/.exec(output);
  assert.ok(Number(counted?.[1]) > 20 && counted?.[1] === counted?.[2], output);
});

test('a load that is answered with errors fails', async (t) => {
  const dataDir = await mkdtemp(join(tmpdir(), 'load-'));
  const server = await startServer(dataDir, { LOG_LEVEL: 'warn', RATE_LIMIT_PER_SECOND: '20' });
  t.after(async () => {
    await server.stop();
    await rm(dataDir, { recursive: true, force: true });
  });
  const where = ['--url', server.url, '--key', server.adminKey];
  const { code, output } = await runProgram('bench/load.ts', [
    'smoke',
    '--rate',
    '60',
    '--seconds',
    '3',
    ...where,
  ]);
  assert.equal(code, 1, output);
  assert.match(output, /✗ 'rate<0.001'/);
});

test('slopes are shares of ten minutes', () => {
  const samples = Array.from({ length: 61 }, (_, index): Sample => ({
    seconds: index * 10,
    memory: 100 + (index % 2) + index / 6,
    files: 50,
    lag: index,
    events: index * 100,
  }));
  const { memory, files, lag } = slopeOf(samples);
  assert.ok(Math.abs(memory - 0.095) < 0.002, String(memory));
  assert.equal(files, 0);
  assert.ok(Math.abs(lag - 0.01) < 1e-9, String(lag));
});
