import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openSignedIn } from '../support/browser.ts';
import { rowsIn } from '../support/http.ts';
import { startProduct, until } from '../support/product.ts';

test('ledgers, sandboxes and currencies are made and used in the browser, by whoever may', async (t) => {
  const product = await startProduct(t);
  const { server, get, call } = product;
  const page = await openSignedIn(t, server, '/ledgers');
  const dialog = page.getByRole('dialog');
  const row = page.getByRole('row', { name: /^play / });
  const inPlay = { ledger: 'play' };
  const ofPlay = (path: string) => call('GET', path, { headers: inPlay });

  await t.test('a sandbox is opened, with a limit that new accounts get', async () => {
    await page.getByRole('button', { name: 'New ledger' }).click();
    await dialog.getByLabel('Name').fill('main');
    await dialog.getByRole('button', { name: 'New ledger' }).click();
    await dialog.getByRole('alert').waitFor();
    await dialog.getByLabel('Name').fill('play');
    await dialog.getByLabel('Default credit limit').fill('5000');
    await dialog.getByLabel('A sandbox, to try things in').check();
    await dialog.getByRole('button', { name: 'New ledger' }).click();
    await row.getByText('sandbox').waitFor();
    await row.getByRole('button', { name: 'Default limit' }).click();
    await dialog.getByLabel('Default credit limit').fill('1.5');
    await dialog.getByText('Use digits only.').waitFor();
    await dialog.getByLabel('Default credit limit').fill('7000');
    await dialog.getByRole('button', { name: 'Default limit' }).click();
    await page.getByText('The default limit of play was changed.').waitFor();
    const { json } = await get('/v1/ledgers/play');
    assert.equal(json['default_credit_limit_minor'], 7000);
    assert.ok(json['sandbox'] !== null);
  });

  await t.test('its clock is moved, and what is due happens', async () => {
    for (const name of ['a', 'b'])
      await call('POST', '/v1/accounts', {
        headers: inPlay,
        body: { currency: 'USD', external_id: name, name: `Player ${name}` },
      });
    const body = {
      from: 'ext:a',
      to: 'ext:b',
      amount_minor: 5,
      currency: 'USD',
      hold: { expires_in_seconds: 86_400 },
    };
    const held = await call('POST', '/v1/transfers', {
      headers: { ...inPlay, 'idempotency-key': 'hold' },
      body,
    });
    await row.getByRole('button', { name: 'Move clock' }).click();
    await dialog.getByLabel('Forward by').fill('2');
    await dialog.getByRole('button', { name: 'Move clock' }).click();
    await row.getByText('clock ahead by 48 h').waitFor();
    const path = `/v1/transfers/${String(held.json['id'])}`;
    await until(async () => (await ofPlay(path)).json['status'] === 'EXPIRED', 'the hold expires');
  });

  await t.test('it is chosen, shows what happens in it, and is emptied', async () => {
    await page.getByLabel('Ledger', { exact: true }).selectOption('play');
    await page.waitForURL(/ledger=play/);
    await page.getByRole('link', { name: 'Accounts', exact: true }).click();
    await page.getByRole('link', { name: 'Player a' }).waitFor();
    await page.getByRole('link', { name: 'Ledgers', exact: true }).click();
    await row.getByText('at hand').waitFor();
    await row.getByRole('button', { name: 'Reset' }).click();
    await dialog.getByRole('button', { name: 'Reset' }).click();
    await page.getByText('play is empty.').waitFor();
    assert.deepEqual(rowsIn(await ofPlay('/v1/accounts'), 'data'), []);
    await page.getByRole('link', { name: 'Accounts', exact: true }).click();
    await page.getByText('There are no accounts yet.').waitFor();
    await call('POST', '/v1/accounts', { headers: inPlay, body: { currency: 'USD', name: 'Reborn' } });
    await page.getByRole('link', { name: 'Reborn' }).waitFor();
  });

  await t.test('a currency is registered, and accounts can be in it', async () => {
    await page.keyboard.press('Control+k');
    await page.getByLabel('Search views, accounts and ids').fill('Currencies');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Currencies', level: 1 }).waitFor();
    await page.getByRole('button', { name: 'New currency' }).click();
    await dialog.getByLabel('Code').fill('points');
    await dialog.getByLabel('Scale').fill('13');
    await dialog.getByText('A whole number from 0 to 12.').waitFor();
    await dialog.getByLabel('Scale').fill('1');
    await dialog.getByRole('button', { name: 'New currency' }).click();
    await page.getByText('POINTS was registered.').waitFor();
    await page.getByRole('row', { name: /POINTS registered 1 123\.4/ }).waitFor();
    assert.equal((await get('/v1/currencies/POINTS')).json['scale'], 1);
    await page.getByLabel('Search currencies').fill('jp');
    await page.getByRole('row', { name: /POINTS/ }).waitFor({ state: 'detached' });
    await page.getByRole('row', { name: /JPY ISO 4217 0/ }).waitFor();
    await page.goto(`${server.url}/accounts/new`);
    await page.getByLabel('Currency').fill('POINTS');
    await page.getByLabel('Name').fill('Account of points');
    await page.getByLabel('Opening balance').fill('12.5');
    await page.getByRole('button', { name: 'Open account' }).click();
    await page.getByText('12.5', { exact: true }).first().waitFor();
    const [opened] = rowsIn(await get('/v1/accounts?currency=POINTS&q=of+points'), 'data');
    assert.equal(opened?.['balance_minor'], 125);
  });

  await t.test('who may write may use a sandbox, and make nothing', async () => {
    const body = { name: 'player', scopes: ['read', 'write'], ledgers: ['play', 'main'] };
    const { json } = await call('POST', '/v1/api-keys', { body });
    const other = await openSignedIn(t, server, '/ledgers', { key: String(json['key']) });
    await other.getByRole('button', { name: 'Move clock' }).waitFor();
    assert.equal(await other.getByRole('button', { name: 'Reset' }).count(), 1, 'of the sandbox alone');
    assert.equal(await other.getByRole('button', { name: 'New ledger' }).count(), 0);
    assert.equal(await other.getByRole('button', { name: 'Default limit' }).count(), 0);
    await other.getByRole('link', { name: 'Currencies', exact: true }).click();
    await other.getByRole('row', { name: /^JPY/ }).waitFor();
    assert.equal(await other.getByRole('button', { name: 'New currency' }).count(), 0);
  });
});
