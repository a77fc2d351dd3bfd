import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { z } from 'zod';

/** A process of its own, because logging ends with the process. */
function logInChild(logFormat: string, statements: string): string {
  const program = `
    import { createLogger } from ${JSON.stringify(join(import.meta.dirname, 'log.ts'))};
    const log = createLogger({ logLevel: 'info', logFormat: '${logFormat}' }, 'relay');
    ${statements}`;
  const child = spawnSync(process.execPath, ['--input-type=module', '-e', program], {
    encoding: 'utf8',
  });
  assert.equal(child.stderr, '');
  return child.stdout;
}

const line = z.object({ level: z.string(), service: z.string(), role: z.string(), msg: z.string() });

test('lines written just before the process exits are not lost, and say whose they are', () => {
  const output = logInChild('json', `log.info('first'); log.warn('last'); process.exit(3);`);
  const lines = output.trim().split('\n');
  const service = 'credit-ledger';
  assert.deepEqual(
    lines.map((text) => line.parse(JSON.parse(text))),
    [
      { level: 'info', service, role: 'relay', msg: 'first' },
      { level: 'warn', service, role: 'relay', msg: 'last' },
    ],
  );
});

test('lines below the level are left out', () => {
  assert.equal(logInChild('json', `log.debug('quiet');`), '');
});

test('the pretty form is for reading: the message without the fixed fields', () => {
  const output = logInChild('pretty', `log.info({ port: 1 }, 'listening');`);
  assert.match(output, /INFO.*listening/);
  assert.doesNotMatch(output, /credit-ledger/);
});

test('secrets are masked in the finished line, whoever wrote it there, and so are API keys', () => {
  const key = `cl_live_${'a'.repeat(16)}_${'B'.repeat(49)}`;
  const program = `
    import { createLogger } from ${JSON.stringify(join(import.meta.dirname, 'log.ts'))};
    const config = { logLevel: 'info', logFormat: process.argv[1] };
    const log = createLogger(config, 'relay', ['pass"word', 'postgresql://me:pass"word@host/db']);
    log.info({ err: new Error('no way to postgresql://me:pass"word@host/db') }, 'with ${key}');`;
  for (const format of ['json', 'pretty']) {
    const args = ['--input-type=module', '-e', program, format];
    const { stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
    assert.equal(stderr, '');
    assert.match(stdout, /no way to \*{8}/);
    assert.match(stdout, /cl_live_a{16}_\*{8}/);
    assert.doesNotMatch(stdout, /word|BBB/);
  }
});
