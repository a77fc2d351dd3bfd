import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { schemathesisProgram } from '../../tools/schemathesis.ts';
import { audit } from '../support/audit.ts';
import { startProduct } from '../support/product.ts';

/** What every answer is held to. What a schema can't say (an amount as text, a time that is none) is left to our own. */
const checks = [
  'not_a_server_error',
  'status_code_conformance',
  'content_type_conformance',
  'response_schema_conformance',
  'response_headers_conformance',
  'ignored_auth',
].join();

/** Whoever revokes a key, closes the book or resets a projection keeps the others from what they are to try. */
const left = ['revokeApiKey', 'rotateApiKey', 'closePeriod', 'resetProjection', 'readMetrics'];
const seconds = 60;

test("schemathesis finds no fault by the product's own document", { timeout: 240_000 }, async (t) => {
  const { server, sql } = await startProduct(t, { LOG_LEVEL: 'fatal' });
  const args = ['run', `${server.url}/openapi.json`, '--checks', checks, '--max-time', String(seconds)];
  args.push(
    '--phases',
    'examples,coverage,fuzzing',
    '--max-examples',
    '10',
    '--seed',
    '1',
    '--workers',
    '2',
  );
  args.push('-H', `Authorization: Bearer ${server.adminKey}`, '--no-color', '--warnings', 'off');
  args.push('--request-timeout', '30', ...left.flatMap((id) => ['--exclude-operation-id', id]));
  // It keeps what it found where it is run.
  const cwd = await mkdtemp(join(tmpdir(), 'schemathesis-'));
  t.after(() => rm(cwd, { recursive: true, force: true }));
  const child = spawn(schemathesisProgram, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
  t.after(() => child.kill('SIGKILL'));
  let output = '';
  const keep = (chunk: Buffer): void => void (output += chunk.toString());
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  await once(child, 'close');
  // Its exit code also counts errors of its own: on Python 3.11 the text of a lambda sometimes can't be parsed.
  assert.doesNotMatch(output, /^ *Failures:/m, output.slice(0, 20_000));
  const tested = Number(/Tested: (\d+)/.exec(output)?.[1]);
  assert.ok(tested > 80, output.slice(0, 20_000));
  assert.deepEqual(await audit(sql), []);
});
