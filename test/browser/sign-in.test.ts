import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openPage, openSignedIn, signIn } from '../support/browser.ts';
import { startProduct, until } from '../support/product.ts';

test('a key is exchanged for a cookie that scripts can not read, and the page keeps nothing of it', async (t) => {
  const { server } = await startProduct(t);
  const page = await openSignedIn(t, server, '/accounts?q=nobody');
  await page.getByRole('heading', { name: 'Accounts', level: 1 }).waitFor();
  assert.equal(new URL(page.url()).search, '?q=nobody');
  const [cookie, ...more] = await page.context().cookies();
  assert.deepEqual(more, []);
  assert.deepEqual([cookie?.httpOnly, cookie?.sameSite], [true, 'Strict']);
  assert.ok(cookie?.value !== undefined && !cookie.value.includes(server.adminKey.slice(9, 25)));
  const kept = await page.evaluate(
    'JSON.stringify([{ ...localStorage }, document.cookie, document.documentElement.outerHTML])',
  );
  assert.ok(!String(kept).includes(server.adminKey));

  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.getByLabel('API key').waitFor();
  assert.deepEqual(await page.context().cookies(), []);
});

test('a wrong key is told so, and the right one leads on to where one wanted to be', async (t) => {
  const { server } = await startProduct(t);
  const page = await openPage(t, `${server.url}/transfers`);
  await page.getByLabel('API key').fill('cl_live_wrong_key_of_nobody');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('alert').getByText('This key does not count.').waitFor();
  await signIn(page, server.adminKey);
  await page.getByRole('heading', { name: 'Transfers', level: 1 }).waitFor();
});

test('the link that the server prints signs in once', async (t) => {
  const { server } = await startProduct(t);
  const link = /http\S+sign-in#cl_once_\S+/.exec(server.output())?.[0] ?? '';
  const page = await openPage(t, link);
  await page.getByRole('heading', { name: 'Overview', level: 1 }).waitFor();
  assert.ok(!page.url().includes('cl_once'));
  const second = await openPage(t, link);
  await second.getByRole('alert').getByText('its link was used before').waitFor();
});

test('a session ends with its key, in the page that is open', async (t) => {
  const { server, call } = await startProduct(t);
  const body = { name: 'clerk', scopes: ['read'], ledgers: ['main'] };
  const made = await call('POST', '/v1/api-keys', { body });
  const page = await openSignedIn(t, server, '/accounts', { key: String(made.json['key']) });
  await page.getByRole('heading', { name: 'Accounts', level: 1 }).waitFor();
  await call('DELETE', `/v1/api-keys/${String(made.json['id'])}`);
  await page.getByRole('link', { name: 'Transfers', exact: true }).click();
  await page.getByLabel('API key').waitFor();
});

test('a cookie counts for a page of this server alone', async (t) => {
  const { server } = await startProduct(t);
  const page = await openSignedIn(t, server, '/');
  const [cookie] = await page.context().cookies();
  const sent = { cookie: `${cookie?.name}=${cookie?.value}` };
  const plain = async (headers: Record<string, string>): Promise<number> =>
    (await fetch(`${server.url}/v1/accounts`, { headers: { ...sent, ...headers } })).status;
  assert.equal(await plain({}), 401);
  assert.equal(await plain({ 'console-request': '1' }), 200);
  assert.equal(await plain({ 'console-request': '1', 'sec-fetch-site': 'cross-site' }), 401);
  assert.equal(await plain({ 'console-request': '1', 'sec-fetch-site': 'same-site' }), 401);
  assert.equal(await plain({ 'console-request': '1', origin: 'https://elsewhere.example' }), 401);
  const changed = `${cookie?.name}=${cookie?.value.slice(0, -2)}AA`;
  assert.equal(await plain({ 'console-request': '1', cookie: changed }), 401);
});

test('what a key may not do is not offered, and whoever signs in elsewhere in the browser is seen by all its tabs', async (t) => {
  const { server, call } = await startProduct(t);
  const body = { name: 'reader', scopes: ['read'], ledgers: ['main'] };
  const made = await call('POST', '/v1/api-keys', { body });
  const page = await openSignedIn(t, server, '/accounts', { key: String(made.json['key']) });
  await page.getByRole('heading', { name: 'Accounts', level: 1 }).waitFor();
  assert.equal(await page.getByRole('link', { name: 'New account' }).count(), 0);
  assert.equal(await page.getByRole('link', { name: 'Projections' }).count(), 0);
  assert.equal(await page.getByRole('link', { name: 'API keys' }).count(), 0);
  for (const [path, scope] of [
    ['/accounts/new', 'write'],
    ['/journal/entries/new', 'write'],
    ['/operations/api-keys', 'keys'],
    ['/operations/dead-letters', 'redrive'],
    ['/operations/projections', 'admin'],
    ['/operations/audit-log', 'admin'],
  ] as const) {
    await page.goto(server.url + path);
    await page.getByText('This key may not do that.').waitFor();
    await page.getByText(`It takes the scope ${scope}; this key has read.`).waitFor();
    assert.equal(await page.getByRole('button', { name: 'Try again' }).count(), 0);
  }

  const other = await page.context().newPage();
  await other.goto(`${server.url}/`);
  await other.getByRole('heading', { name: 'Overview', level: 1 }).waitFor();
  await other.getByRole('button', { name: 'Sign out' }).click();
  await until(
    async () => (await page.getByLabel('API key').count()) === 1,
    'the first tab is signed out',
  );
});
