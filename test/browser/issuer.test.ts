import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findFreePorts } from '../../tools/programs.ts';
import { openPage } from '../support/browser.ts';
import { startProvider } from '../support/oidc.ts';
import { startProduct } from '../support/product.ts';

test('people sign in with their issuer: to it and back, to where they wanted to be, and no further than it says', async (t) => {
  const [port = 0] = await findFreePorts(1);
  const secret = 'a secret of the console';
  let lifeSeconds = 3600;
  const client = {
    client_id: 'console',
    client_secret: secret,
    redirect_uris: [`http://127.0.0.1:${port}/sign-in/issuer/callback`],
    token_endpoint_auth_method: 'client_secret_post',
  } as const;
  const { issuer } = await startProvider(t, 'ES256', client, () => lifeSeconds);
  const { server, get } = await startProduct(t, {
    PORT: String(port),
    OIDC_ISSUER: issuer,
    OIDC_CLIENT_ID: 'console',
    OIDC_CLIENT_SECRET: secret,
    OIDC_SIGN_IN_SCOPE: 'openid ledger:read',
  });
  const page = await openPage(t, `${server.url}/accounts?q=anna`);
  await page.getByRole('link', { name: 'Sign in with your organisation' }).click();
  await page.getByPlaceholder('Enter any login').fill('anna');
  await page.getByPlaceholder('and password').fill('anything');
  await page.getByRole('button', { name: 'Sign-in' }).click();
  await page.getByRole('button', { name: 'Continue' }).click();
  await page.getByRole('heading', { name: 'Accounts', level: 1 }).waitFor();
  assert.equal(page.url(), `${server.url}/accounts?q=anna`);
  await page.getByText('oidc:anna').waitFor();
  assert.equal(await page.getByRole('link', { name: 'New account' }).count(), 0);
  const cookies = await page.context().cookies(server.url);
  const session = cookies.find(({ name }) => name === 'credit_ledger');
  assert.deepEqual([session?.httpOnly, session?.sameSite], [true, 'Strict']);
  const { text } = await get('/v1/admin/audit-log?actor=oidc:anna');
  assert.match(text, /"action":"createSession"/);

  await t.test(
    'a session that is over asks to sign in again, and leads back to where it was',
    async () => {
      const address = `${server.url}/transfers?status=FAILED`;
      const signInAgain = page.getByRole('link', { name: 'Sign in with your organisation' });
      // Enough for the way here, and soon over.
      lifeSeconds = 8;
      await page.getByRole('button', { name: 'Sign out' }).click();
      await signInAgain.waitFor();
      await page.goto(address);
      const isBack = page.waitForEvent('framenavigated', (frame) => frame.url() === address);
      await signInAgain.click();
      await isBack;
      await signInAgain.waitFor();
      assert.equal(page.url(), address);
      lifeSeconds = 3600;
      await signInAgain.click();
      await page.getByRole('heading', { name: 'Transfers', level: 1 }).waitFor();
      assert.equal(page.url(), address);
      await page.getByText('oidc:anna').waitFor();
    },
  );
});

test('a way back that was not begun in this browser, or comes with another state, signs nobody in', async (t) => {
  const { issuer } = await startProvider(t, 'ES256');
  const { server } = await startProduct(t, { OIDC_ISSUER: issuer, OIDC_CLIENT_ID: 'console' });
  const back = `${server.url}/sign-in/issuer/callback`;
  const ask = async (address: string, cookie = ''): Promise<string> => {
    const response = await fetch(address, { redirect: 'manual', headers: { cookie } });
    assert.ok(response.headers.getSetCookie().every((set) => !set.startsWith('credit_ledger=')));
    return response.headers.get('location') ?? '';
  };
  assert.equal(await ask(`${back}?code=stolen&state=guessed`), '/sign-in?failed=stale');
  const begun = await fetch(`${server.url}/sign-in/issuer?next=//elsewhere.example`, {
    redirect: 'manual',
  });
  const [cookie = ''] = begun.headers.getSetCookie().map((set) => set.split(';')[0] ?? '');
  const asked = new URL(begun.headers.get('location') ?? '').searchParams;
  assert.equal(asked.get('code_challenge_method'), 'S256');
  assert.equal(await ask(`${back}?code=stolen&state=guessed`, cookie), '/sign-in?failed=stale');
  const state = asked.get('state') ?? '';
  assert.equal(
    await ask(`${back}?code=stolen&state=${state}&iss=https://other.example`, cookie),
    '/sign-in?failed=stale',
  );
  assert.equal(await ask(`${back}?code=wrong&state=${state}`, cookie), '/sign-in?failed=refused');
  const page = await openPage(t, `${server.url}/sign-in?failed=refused`);
  await page.getByRole('alert').getByText('It gave no token that this ledger accepts.').waitFor();
});
