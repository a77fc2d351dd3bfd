import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { runProgram } from '../support/program.ts';

const noWrk =
  spawnSync('wrk', ['--version']).error === undefined
    ? false
    : 'wrk is not installed: apt-get install wrk';

const short = [
  '--seconds',
  '1',
  '--runs',
  '1',
  '--accounts',
  '1000',
  '--transfers',
  '1000',
  '--lines',
  '20000',
];

test(
  'every part of the benchmark that needs no pgbench measures, and its counts agree',
  { skip: noWrk },
  async () => {
    const parts = ['--only', 'breakdown,batch,csv,hot,memory,long'];
    const { code, output } = await runProgram('bench/main.ts', [...parts, ...short]);
    assert.equal(code, 0, output);
    assert.doesNotMatch(output, /DIFFERS|NaN/);
    assert.equal(output.match(/^ {2}equal /gm)?.length, 11, output);
    assert.equal(output.match(/^ {2}(reached|missed) /gm)?.length, 7, output);
  },
);

test('the benchmark says what it does not know', async () => {
  const { code, output } = await runProgram('bench/main.ts', ['--only', 'speed']);
  assert.equal(code, 1);
  assert.match(output, /no such part: speed\. There are http, [a-z, -]+, long$/m);
});
