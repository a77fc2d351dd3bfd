// Many more crashes than `npm test` has: `npm run torture`, or FAULT_ROUNDS=50 FAULT_SEED=7 npm run torture.
import { spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const FAULT_ROUNDS = process.env['FAULT_ROUNDS'] ?? '500';
const FAULT_SEED = process.env['FAULT_SEED'] ?? String(randomInt(2 ** 31));

process.stdout.write(`${FAULT_ROUNDS} crashes; again with FAULT_SEED=${FAULT_SEED}\n`);
const child = spawn(
  process.execPath,
  ['--test', '--test-reporter=spec', 'test/faults/crashes.test.ts'],
  {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, FAULT_ROUNDS, FAULT_SEED },
  },
);
child.once('exit', (code) => {
  process.exitCode = code ?? 1;
});
