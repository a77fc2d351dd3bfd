import assert from 'node:assert/strict';
import { appendFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { runCli, runProgram } from '../support/cli.ts';
import { createDatabase } from '../support/databases.ts';
import { rowsIn, type TestAnswer } from '../support/http.ts';
import { callsTo, startOn, startProduct, type Calls } from '../support/product.ts';

const python = join(import.meta.dirname, '..', 'support', 'check-receipt.py');
const seals = '/v1/admin/seals';

async function temporary(t: TestContext): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'seals-'));
  t.after(() => rm(path, { recursive: true, force: true }));
  return path;
}

/** So many transfers between two new accounts. */
async function post({ open, post }: Calls, count: number, name = 'a'): Promise<void> {
  await open(`${name}1`);
  await open(`${name}2`);
  const [from, to, currency] = [`ext:${name}1`, `ext:${name}2`, 'USD'];
  const transfers = Array.from({ length: count }, (_, n) => ({
    from,
    to,
    amount_minor: n + 1,
    currency,
  }));
  const posted = await post('/v1/transfers/batch', { mode: 'atomic', transfers }, `batch-${name}`, 200);
  assert.equal(posted.json['posted'], count, posted.text);
}

async function seal({ call }: Calls, status = 201): Promise<TestAnswer> {
  const answer = await call('POST', seals);
  assert.equal(answer.status, status, answer.text);
  return answer;
}

/** Sizes of the journal's heads; the audit log, a tree of its own, grows with every request of an operator. */
const sizesOf = (answer: TestAnswer) =>
  rowsIn(answer, 'data')
    .filter((row) => row['tree'] === 'journal/main')
    .map((row) => row['tree_size']);

async function entryIds({ get }: Calls): Promise<string[]> {
  return rowsIn(await get('/v1/entries?limit=1000'), 'data').map((row) => String(row['id']));
}

test('receipts of two heads and two keys hold for two checkers, and forged ones do not', async (t) => {
  const product = await startProduct(t);
  const { get, call } = product;
  const folder = await temporary(t);
  await post(product, 5);
  const [first] = await entryIds(product);
  const early = await call('GET', `/v1/entries/${first}/receipt`);
  assert.equal(`${early.status} ${String(early.json['code'])}`, '409 entry_not_sealed');
  assert.deepEqual(sizesOf(await seal(product)), [5]);
  assert.deepEqual(sizesOf(await seal(product)), [], 'what has not grown is not signed again');
  const old = await get(`/v1/entries/${first}/receipt`);
  assert.equal((await call('POST', '/v1/admin/seals/keys')).status, 201);
  await post(product, 600, 'b');
  assert.deepEqual(sizesOf(await seal(product)), [605]);
  const keys = rowsIn(await get('/v1/seals/keys'), 'data').map((row) => String(row['public_key']));
  assert.equal(keys.length, 2);
  const files = keys.map((_, index) => join(folder, `key${index}.pem`));
  for (const [index, file] of files.entries()) await writeFile(file, keys[index] ?? '');
  const [oldKey = '', newKey = ''] = files;

  const ids = await entryIds(product);
  const check = async (text: string, key: string, expected: number, says: RegExp) => {
    const file = join(folder, 'receipt.json');
    await writeFile(file, text);
    const ours = await runCli(['verify-receipt', file, '--key', key]);
    assert.equal(ours.status, expected, ours.out + ours.err);
    assert.match(ours.out + ours.err, says);
    const theirs = await runProgram('python3', [python, file, key]);
    assert.equal(theirs.status, expected, theirs.out + theirs.err);
  };
  await check(old.text, oldKey, 0, /"entry_number":1,.*"tree_size":5/);
  for (const index of [0, 255, 256, 604]) {
    const { text } = await get(`/v1/entries/${ids[index]}/receipt`);
    await check(text, newKey, 0, new RegExp(`"entry_number":${index + 1},.*"tree_size":605`));
  }
  const { text } = await get(`/v1/entries/${ids[300]}/receipt`);
  await check(text, oldKey, 1, /signed by another key/);
  await check(text.replace('"amount_minor":', '"amount_minor":1'), newKey, 1, /not what its hash/);
  await check(text.replace('\\n605\\n', '\\n606\\n'), newKey, 1, /signature of its head is wrong/);
  await check(text.replace(/"leaf_index":\d+/, '"leaf_index":299'), newKey, 1, /place/);
  await check(
    text.replace(/"inclusion":\["./, '"inclusion":["f'),
    newKey,
    1,
    /inclusion proof|no receipt/,
  );

  const proof = await get('/v1/seals/consistency?from=5&to=605');
  assert.match(proof.text, /"consistency":\["[0-9a-f]{64}"/);
  assert.equal(
    (await call('GET', '/v1/seals/consistency?from=6&to=605')).json['code'],
    'head_not_found',
  );
  const events = rowsIn(await get('/v1/events?types=LedgerSealed'), 'data');
  const said = (name: string) => events.map(({ payload }) => String(Reflect.get(Object(payload), name)));
  const sizes = said('tree_size').filter((_, index) => said('tree')[index] === 'journal/main');
  assert.deepEqual(sizes, ['5', '605']);
  assert.ok(rowsIn(await get('/v1/seals?tree=audit'), 'data').length > 0);
  const ends = { body: { ends_at: '2026-01-01T00:00:00Z' } };
  assert.equal((await call('POST', '/v1/ledgers/main/periods', ends)).status, 201);
  await seal(product);
  const closes = rowsIn(await get('/v1/seals?tree=periods'), 'data');
  assert.deepEqual(
    closes.map(({ tree, tree_size: size }) => [tree, size]),
    [['periods/main', 1]],
    'a close is under a head of its own tree',
  );
});

test('a database that lost sealed entries is refused, unless told so', async (t) => {
  const sealDir = await temporary(t);
  const env = { SEAL_DIR: sealDir, API_KEY_PEPPER: 'one-pepper-for-all-servers' };
  const whole = await startProduct(t, env);
  await post(whole, 3);
  await seal(whole);
  await appendFile(join(sealDir, 'heads.ndjson'), '{"tree":"journal/ma');
  whole.server.signal('SIGTERM');
  await whole.server.exited;
  const again = await startOn(t, whole.database, env);
  again.signal('SIGTERM');
  await again.exited;

  const emptied = await createDatabase(t);
  await assert.rejects(startOn(t, emptied, env), /ACCEPT_LOST_ENTRIES/);
  const accepted = await startOn(t, emptied, { ...env, ACCEPT_LOST_ENTRIES: 'true' });
  await post(callsTo(accepted), 1);
  assert.deepEqual(sizesOf(await seal(callsTo(accepted))), [1]);
  accepted.signal('SIGTERM');
  await accepted.exited;
  const kept = await readFile(join(sealDir, 'heads.ndjson'), 'utf8');
  assert.match(kept, /"loss_accepted":"journal\/main","size":0/);
  const later = await startOn(t, emptied, env);
  assert.equal((await callsTo(later).get('/v1/seals')).status, 200);
});
