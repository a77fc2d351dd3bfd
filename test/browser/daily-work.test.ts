import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import type { Locator, Page } from 'playwright-core';
import { openSignedIn } from '../support/browser.ts';
import { furnish } from '../support/console-world.ts';
import { startProduct, until } from '../support/product.ts';

const field = (page: Page, label: string): Locator => page.getByLabel(label, { exact: true });

async function pickAccount(page: Page, label: string, text: string, name: string): Promise<void> {
  await field(page, label).fill(text);
  await page.getByRole('option', { name }).click();
}

test('accounts, transfers and the journal are worked on in the browser, and the ledger shows it', async (t) => {
  const product = await startProduct(t);
  const world = await furnish(product);
  const { server, get } = product;
  const page = await openSignedIn(t, server, '/accounts');
  const go = (path: string) => page.goto(server.url + path);

  await t.test(
    'an account is found as one types, and the address keeps what is looked for',
    async () => {
      await page.getByLabel('Search accounts').fill('lindq');
      await page.waitForURL('**/accounts?q=lindq');
      await page.getByRole('row', { name: 'Alice Moreau' }).waitFor({ state: 'detached' });
      await page.getByRole('link', { name: 'Bob Lindqvist' }).waitFor();
      await page.reload();
      await page.getByRole('link', { name: 'Bob Lindqvist' }).waitFor();
      assert.equal(await page.getByLabel('Search accounts').inputValue(), 'lindq');
    },
  );

  await t.test(
    'what is wrong with a new account stands beside its field; then it is opened',
    async () => {
      await go('/accounts/new');
      await field(page, 'Name').fill('Carol');
      await field(page, 'External id').fill('alice');
      await field(page, 'Credit limit').fill('12.345');
      await page.getByText('USD has 2 decimals.').waitFor();
      await field(page, 'Metadata').fill('{"a":');
      await page.getByText('This is not JSON').waitFor();
      await page.getByRole('button', { name: 'Open account' }).click();
      await field(page, 'Credit limit').fill('1,250.50');
      await field(page, 'Metadata').fill('{"branch": 7}');
      await field(page, 'Opening balance').fill('300');
      await page.getByRole('button', { name: 'Open account' }).click();
      await page.getByText('Another account has this external id.', { exact: true }).waitFor();
      await field(page, 'External id').fill('carol');
      await page.getByRole('button', { name: 'Open account' }).click();
      await page.getByRole('heading', { name: 'Carol', level: 1 }).waitFor();
      const { json } = await get('/v1/accounts/ext:carol');
      assert.deepEqual(
        [json['credit_limit_minor'], json['balance_minor'], json['metadata']],
        [125_050, 30_000, { branch: 7 }],
      );
    },
  );

  await t.test('an account is changed, and not over somebody else’s change', async () => {
    await page.getByRole('link', { name: 'Edit', exact: true }).click();
    await field(page, 'Status').selectOption('SUSPENDED');
    await page.getByRole('button', { name: 'Add a dated limit' }).click();
    await page.getByLabel('Limit 1: from').fill('2030-01-01T00:00');
    await page.getByLabel('Limit 1: amount').fill('99');
    const { json } = await get('/v1/accounts/ext:carol');
    await product.call('PATCH', '/v1/accounts/ext:carol', { body: { name: 'Caroline' } });
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('alert').getByText('Load it again and repeat your change').waitFor();
    await go(`/accounts/${String(json['id'])}/edit`);
    await field(page, 'Status').selectOption('SUSPENDED');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('suspended').first().waitFor();
    const { json: after } = await get('/v1/accounts/ext:carol');
    assert.deepEqual([after['status'], after['name']], ['SUSPENDED', 'Caroline']);
  });

  await t.test('a transfer shows what it would do, is posted once, and says why not', async () => {
    await go('/transfers/new');
    await pickAccount(page, 'From', 'bob', 'Bob Lindqvist');
    await pickAccount(page, 'To', 'alice', 'Alice Moreau');
    const preview = page.getByRole('region', { name: 'Preview' });
    await field(page, 'Amount in USD').fill('999999');
    await preview.getByText('It would be refused').waitFor();
    await preview.getByText('999,999.00 USD is too much').waitFor();
    await page.getByRole('button', { name: 'Post transfer' }).click();
    await page.getByRole('alert').getByText('has not enough available').waitFor();
    await field(page, 'Amount in USD').fill('12.34');
    await field(page, 'Description').fill('From the browser');
    await preview.getByText('The ledger would accept it.').waitFor();
    await page.getByRole('button', { name: 'Post transfer' }).dblclick();
    await page.getByRole('heading', { name: '12.34 USD' }).waitFor();
    const { json } = await get('/v1/transfers?order=desc&limit=100');
    const made = Array.isArray(json['data'])
      ? json['data'].filter((row: { description: unknown }) => row.description === 'From the browser')
      : [];
    assert.deepEqual(
      made.map(({ amount_minor: minor, status }: Record<string, unknown>) => [minor, status]),
      [[1234, 'COMPLETED']],
    );
    await page.getByText('Transfer Completed').waitFor();
  });

  await t.test('a transfer is reversed, in part and with a reason', async () => {
    await page.getByRole('button', { name: 'Reverse' }).click();
    await page.getByRole('dialog').getByLabel('Amount in USD').fill('2.34');
    await page.getByRole('dialog').getByLabel('Reason').fill('Too much');
    await page.getByRole('dialog').getByRole('button', { name: 'Reverse' }).click();
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await page.getByRole('term').filter({ hasText: 'Reversed' }).waitFor();
    const { json } = await get(`/v1/transfers/${page.url().split('/').at(-1)}`);
    assert.equal(json['reversed_minor'], 234);
    await page
      .getByRole('region', { name: 'Reversals' })
      .getByRole('link', { name: 'Taken back' })
      .click();
    await page.getByRole('heading', { name: '2.34 USD', level: 1 }).waitFor();
    assert.equal(
      (await get(`/v1/transfers/${page.url().split('/').at(-1)}`)).json['reverses'],
      json['id'],
    );
    await page.getByRole('link', { name: 'the transfer before it' }).click();
    await page.getByRole('heading', { name: '12.34 USD', level: 1 }).waitFor();
  });

  await t.test('a hold is settled in part, and its life is drawn', async () => {
    await go(`/transfers/${world.hold}`);
    await page.getByRole('button', { name: 'Settle' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Amount in USD').fill('90');
    await dialog.getByLabel('Keep what is left on hold').check();
    await dialog.getByRole('button', { name: 'Settle' }).click();
    await page
      .getByRole('region', { name: 'Life of the hold' })
      .getByText('Settled 90.00 USD')
      .waitFor();
    await page.getByRole('button', { name: 'Void' }).click();
    await dialog.getByRole('button', { name: 'Void' }).click();
    await page.getByText('Released 150.00 USD').waitFor();
    const { json } = await get(`/v1/transfers/${world.hold}`);
    assert.deepEqual([json['settled_minor'], json['held_minor']], [9000, 0]);
  });

  await t.test(
    'a statement jumps to an entry and to a day, and is taken away as CSV and PDF',
    async () => {
      await go(`/accounts/${world.alice}`);
      await page.getByRole('cell', { name: 'Rent, day 12' }).waitFor();
      const { json } = await get(`/v1/entries/${world.entry}`);
      await page.getByLabel('Entry number').fill(String(json['entry_number']));
      await page.getByRole('button', { name: 'Jump to entry' }).click();
      await page.locator('.is-marked').getByText('Lunch').waitFor();
      await page.getByLabel('Entry number').fill('100000');
      await page.getByRole('button', { name: 'Jump to entry' }).click();
      await page.getByRole('alert').getByText('The journal has no entry 100000.').waitFor();
      await page.getByLabel('Jump to day').fill('2020-01-01');
      await page.getByText('Nothing moved then.').waitFor();
      await page.getByRole('button', { name: 'Show everything' }).click();
      for (const [button, begins] of [
        ['CSV', 'entry_number'],
        ['PDF', '%PDF-'],
      ] as const) {
        const [download] = await Promise.all([
          page.waitForEvent('download'),
          page.getByRole('button', { name: button, exact: true }).click(),
        ]);
        assert.match(readFileSync(await download.path(), 'latin1').slice(0, 200), new RegExp(begins));
      }
    },
  );

  await t.test(
    'a receipt is downloaded and checked in the browser; a changed one is not valid',
    async () => {
      await go(`/journal/entries/${world.entry}`);
      await page.getByRole('button', { name: 'Verify here' }).click();
      await page.getByText('The receipt is valid.').waitFor();
      const [download] = await Promise.all([
        page.waitForEvent('download'),
        page.getByRole('button', { name: 'Download' }).click(),
      ]);
      const receipt = readFileSync(await download.path(), 'utf8');
      await go('/journal/receipts');
      await page.getByLabel('Open a receipt').setInputFiles(await download.path());
      await page.getByRole('button', { name: 'Use the server’s key' }).click();
      await page.getByRole('button', { name: 'Check', exact: true }).click();
      await page.getByText('The receipt is valid.').waitFor();
      for (const [text, verdict] of [
        [receipt, 'The receipt is valid.'],
        [receipt.replace('"amount_minor": 1875', '"amount_minor": 1876'), 'The receipt does not hold.'],
        ['{}', 'It can not be checked.'],
      ] as const) {
        await field(page, 'Receipt').fill(text);
        await page.getByRole('button', { name: 'Check', exact: true }).click();
        await page.getByText(verdict).waitFor();
      }
    },
  );

  await t.test('a period is closed for good, and keeps its trial balance', async () => {
    await go('/journal/periods');
    await page.getByRole('button', { name: 'Close a period' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Until').fill('2020-01-01T00:00');
    await dialog.getByRole('button', { name: 'Close for good' }).click();
    await page.getByRole('heading', { name: 'Period 1' }).waitFor();
    const { json } = await get('/v1/ledgers/main');
    assert.equal(json['closed_until'], '2020-01-01T00:00:00.000Z');
  });

  await t.test('everything is reached by the keyboard', async () => {
    await page.keyboard.press('g');
    await page.keyboard.press('a');
    await page.getByRole('heading', { name: 'Accounts', level: 1 }).waitFor();
    await page.keyboard.press('Control+k');
    await page.getByLabel('Search views, accounts and ids').fill('Lindqvist');
    await page.getByRole('option', { name: 'Bob Lindqvist' }).waitFor();
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Bob Lindqvist', level: 1 }).waitFor();
    await until(
      async () => (await page.evaluate('document.activeElement.id')) === 'main',
      'the page has the focus',
    );
  });
});
