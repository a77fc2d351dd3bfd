import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { SignInLinks } from '../../src/gateway/sign-in-links.ts';
import { startGateway } from '../support/gateway.ts';

const html = '<!doctype html><meta name="sign-in" content="{sign-in}"><div id="root"></div>';

/** A build with a page and a script. */
function makeBuild(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'console-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  mkdirSync(join(folder, 'console'));
  writeFileSync(join(folder, 'index.html'), html);
  writeFileSync(join(folder, 'console', 'index-abc.js'), `console.log('${'x'.repeat(2000)}');`);
  writeFileSync(join(folder, 'secret.js'), 'not to be served');
  return folder;
}

const asBrowser = { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' };

test('the page answers at each of its addresses, its files are kept for ever, and nothing else has changed its place', async (t) => {
  const folder = makeBuild(t);
  const { url } = await startGateway(t, undefined, { console: { folder, issuer: undefined } });
  const ask = (path: string, headers: Record<string, string> = {}) =>
    fetch(url + path, { headers: { ...asBrowser, ...headers } });
  for (const path of ['/', '/sign-in', '/accounts', '/accounts/x/edit?tab=json', '/operations/jobs']) {
    const page = await ask(path);
    assert.equal(page.status, 200, path);
    assert.match(await page.text(), /content="key"/);
    assert.match(
      page.headers.get('content-security-policy') ?? '',
      /default-src 'none'; script-src 'self'/,
    );
    assert.deepEqual(
      [page.headers.get('cache-control'), page.headers.get('x-frame-options')],
      ['no-cache', 'DENY'],
    );
  }
  const script = await ask('/console/index-abc.js', { 'accept-encoding': 'br' });
  assert.deepEqual(
    ['cache-control', 'content-encoding', 'content-type'].map((name) => script.headers.get(name)),
    ['public, max-age=31536000, immutable', 'br', 'text/javascript; charset=utf-8'],
  );
  assert.match(await script.text(), /^console\.log/);
  for (const path of [
    '/console/none.js',
    '/console/..%2Fsecret.js',
    '/console/..%2Findex.html',
    '/secret.js',
    '/nothing',
    '/v1/nothing',
  ])
    assert.equal((await ask(path)).status, 404, path);
  assert.equal((await ask('/accounts', { accept: 'application/json' })).status, 404);
  assert.equal((await ask('/v1/accounts')).status, 401);
  assert.equal((await ask('/healthz')).headers.get('content-type'), 'application/json; charset=utf-8');
  const posted = await fetch(`${url}/accounts`, { method: 'POST' });
  assert.deepEqual([posted.status, posted.headers.get('allow')], [405, 'GET, HEAD']);
});

test('without a build there is no console, and the rest is there', async (t) => {
  const { url, call } = await startGateway(t);
  assert.equal((await fetch(`${url}/`, { headers: asBrowser })).status, 404);
  assert.equal((await call('GET', '/v1/accounts')).status, 200);
});

test('a session is exchanged for a key, told what it may, and given back', async (t) => {
  const now = Date.now();
  let passed = 0;
  const { url, call, adminKey } = await startGateway(t, undefined, { now: () => now + passed });
  const made = await call('POST', '/v1/session');
  assert.equal(made.status, 201);
  assert.equal(made.json['by'], 'session');
  assert.equal(Date.parse(String(made.json['expires_at'])), now + 12 * 3_600_000);
  const cookie = made.headers.getSetCookie()[0] ?? '';
  assert.match(cookie, /^credit_ledger=[\w-]+; Path=\/; Max-Age=43200; HttpOnly; SameSite=Strict$/);
  const sent = {
    cookie: cookie.split(';')[0] ?? '',
    'console-request': '1',
    'sec-fetch-site': 'same-origin',
  };
  const read = async () => (await fetch(`${url}/v1/session`, { headers: sent })).status;
  assert.equal(await read(), 200);
  const again = await fetch(`${url}/v1/session`, { method: 'POST', headers: sent });
  assert.equal(again.status, 401, 'a session does not make another that ends later');
  passed = 12 * 3_600_000 + 1;
  assert.equal(await read(), 401);
  const secure = await call('POST', '/v1/session', { headers: { origin: 'https://ledger.example' } });
  assert.match(secure.headers.getSetCookie()[0] ?? '', /^__Host-credit_ledger=.*; Secure$/);
  const ended = await call('DELETE', '/v1/session');
  assert.match(ended.headers.getSetCookie()[0] ?? '', /^credit_ledger=; Path=\/; Max-Age=0/);
  assert.ok(!made.text.includes(adminKey) && !cookie.includes(adminKey));
});

test('the code of a link counts once, in time, and for a session alone', async (t) => {
  let passed = 0;
  const links = new SignInLinks({
    random: (count) => crypto.getRandomValues(new Uint8Array(count)),
    now: () => passed,
  });
  const { call, adminKey } = await startGateway(t, undefined, { links });
  const by = (code: string) => ({ headers: { authorization: `Bearer ${code}` } });
  const code = links.issue(adminKey);
  assert.equal((await call('GET', '/v1/accounts', by(code))).status, 401);
  assert.equal((await call('GET', '/v1/session', by(code))).status, 401);
  assert.equal((await call('POST', '/v1/session', by(code))).status, 201);
  assert.equal((await call('POST', '/v1/session', by(code))).status, 401);
  const late = links.issue(adminKey);
  passed = 15 * 60_000;
  assert.equal((await call('POST', '/v1/session', by(late))).status, 401);
});
