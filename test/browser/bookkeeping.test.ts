import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import type { Locator, Page } from 'playwright-core';
import { openSignedIn } from '../support/browser.ts';
import { furnish } from '../support/console-world.ts';
import { rowsIn } from '../support/http.ts';
import { startProduct, until } from '../support/product.ts';

const field = (page: Page | Locator, label: string): Locator => page.getByLabel(label, { exact: true });

async function pickAccount(page: Page, label: string, text: string, name: string): Promise<void> {
  await field(page, label).fill(text);
  await page.getByRole('option', { name }).click();
}

/** Draws across an element, from a part of its width to another. */
async function drawAcross(page: Page, over: Locator, from: number, to: number): Promise<void> {
  await over.scrollIntoViewIfNeeded();
  const box = await over.boundingBox();
  assert.ok(box !== null);
  const y = box.y + box.height / 2;
  await page.mouse.move(box.x + box.width * from, y);
  await page.mouse.down();
  await page.mouse.move(box.x + (box.width * (from + to)) / 2, y);
  await page.mouse.move(box.x + box.width * to, y);
  await page.mouse.up();
}

const lastPart = (page: Page): string => new URL(page.url()).pathname.split('/').at(-1) ?? '';

test('money comes in and out, waits, is called off and taken back in the browser, and the ledger shows it', async (t) => {
  const product = await startProduct(t);
  const world = await furnish(product);
  const { server, get } = product;
  const page = await openSignedIn(t, server, `/accounts/${world.bob}`);
  const go = (path: string) => page.goto(server.url + path);
  const dialog = page.getByRole('dialog');

  await t.test('a deposit and a withdrawal, and one of too much', async () => {
    const [before] = await product.amounts('bob');
    await page.getByRole('button', { name: 'Deposit' }).click();
    await field(dialog, 'Amount in USD').fill('1.234');
    await dialog.getByText('USD has 2 decimals.').waitFor();
    await field(dialog, 'Amount in USD').fill('70');
    await field(dialog, 'Description').fill('Over the counter');
    await dialog.getByRole('button', { name: 'Deposit' }).click();
    await page.getByText('The money is in.').waitFor();
    await page.getByRole('button', { name: 'Withdraw' }).click();
    await field(dialog, 'Amount in USD').fill('99999999');
    await dialog.getByRole('button', { name: 'Withdraw' }).click();
    await dialog.getByRole('alert').getByText('has not enough available').waitFor();
    await field(dialog, 'Amount in USD').fill('20');
    await dialog.getByRole('button', { name: 'Withdraw' }).click();
    await page.getByText('The money is out.').waitFor();
    assert.equal((await product.amounts('bob'))[0], Number(before) + 5000);
    await page.getByRole('cell', { name: 'Over the counter' }).waitFor();
  });

  await t.test('a part of the balance over time is drawn out, and the statement is of it', async () => {
    const daysAgo = (days: number) => new Date(Date.now() - days * 86_400_000).toISOString();
    for (const days of [120, 90, 60, 30])
      await product.move(`dated-${days}`, 'bob', 'rent', 100, {
        description: `${days} days ago`,
        effective_at: daysAgo(days),
      });
    const lines = 'select from read_models.statement_lines where effective_at < $1';
    const areThere = async () => (await product.sql.query(lines, [daysAgo(29)])).rowCount === 8;
    await until(areThere, 'the read model has them');
    await go(`/accounts/${world.bob}?by=effective`);
    await page.getByRole('cell', { name: '30 days ago' }).waitFor();
    const chart = page.getByRole('img', { name: /^Balance from/ });
    const whole = await chart.getAttribute('aria-label');
    await drawAcross(page, page.locator('svg.brush'), 0, 0.25);
    await page.waitForURL(/from=\d{4}-\d\d-\d\d&to=/);
    await page.getByRole('cell', { name: '30 days ago' }).waitFor({ state: 'detached' });
    await page.getByRole('cell', { name: '120 days ago' }).waitFor();
    assert.notEqual(await chart.getAttribute('aria-label'), whole);
    const { searchParams: asked } = new URL(page.url());
    const query = `by=effective&from=${asked.get('from')}T00:00:00Z&to=${asked.get('to')}T23:59:59.999Z`;
    const { json } = await get(`/v1/accounts/${world.bob}/statements?${query}`);
    assert.ok(Array.isArray(json['lines']));
    const rows = page.getByRole('table', { name: 'Statement' }).getByRole('row');
    assert.equal(await rows.count(), json['lines'].length + 1, 'its lines and their heading');
    await page.getByRole('button', { name: 'All', exact: true }).click();
    await until(async () => (await chart.getAttribute('aria-label')) === whole, 'all is shown again');
    await page.getByRole('button', { name: '90 days' }).click();
    await page.waitForURL(/from=20/);
  });

  await t.test('a transfer is scheduled, and cancelled before its time', async () => {
    await go(`/transfers/new?from=${world.bob}&to=${world.alice}`);
    await field(page, 'Amount in USD').fill('15');
    await field(page, 'When').selectOption('At a later time');
    await page.getByRole('button', { name: 'Schedule transfer' }).click();
    await page.getByText('Say when.').waitFor();
    await field(page, 'Run at').fill('2035-01-01T00:00');
    await page.getByRole('button', { name: 'Schedule transfer' }).click();
    await page.getByText('It is run at').waitFor();
    const path = `/v1/transfers/${lastPart(page)}`;
    const { json } = await get(path);
    assert.deepEqual([json['status'], json['execute_at']], ['SCHEDULED', '2035-01-01T00:00:00.000Z']);
    await page.getByRole('button', { name: 'Cancel transfer' }).click();
    await dialog.getByRole('button', { name: 'Cancel transfer' }).click();
    await page.getByText('The transfer was cancelled.').waitFor();
    assert.equal((await get(path)).json['status'], 'CANCELLED');
    await page.getByRole('button', { name: 'Cancel transfer' }).waitFor({ state: 'detached' });
  });

  await t.test('a hold is placed, and money is reserved', async () => {
    await go(`/transfers/new?from=${world.bob}&to=${world.alice}`);
    await field(page, 'Amount in USD').fill('33');
    await field(page, 'When').selectOption({ index: 1 });
    await field(page, 'Hold ends').fill('2035-01-01T00:00');
    await page.getByRole('button', { name: 'Place hold' }).click();
    await page.getByRole('region', { name: 'Life of the hold' }).waitFor();
    const { json } = await get(`/v1/transfers/${lastPart(page)}`);
    assert.deepEqual(
      [json['status'], json['held_minor'], json['expires_at']],
      ['HELD', 3300, '2035-01-01T00:00:00.000Z'],
    );
  });

  await t.test('transfers are looked for by what they are', async () => {
    await go('/transfers');
    await field(page, 'Status').selectOption('failed');
    await page.waitForURL(/status=FAILED/);
    await page.getByRole('row', { name: /Too many shoes/ }).waitFor();
    await field(page, 'Least amount').fill('2000000000');
    await page.getByText('No transfer is like that.').waitFor();
    await page.getByRole('button', { name: 'Clear the filters' }).click();
    await field(page, 'External id').fill('lunch-1');
    await page.getByRole('row', { name: /Lunch/ }).waitFor();
    await until(async () => (await page.getByRole('row').count()) === 2, 'it alone is found');
    await page.getByRole('button', { name: 'Clear', exact: true }).click();
    await page.getByRole('row', { name: /Rent, day 12/ }).waitFor();
    await page.setViewportSize({ width: 390, height: 844 });
    await field(page, 'External id').waitFor({ state: 'hidden' });
    await page.getByRole('button', { name: 'More filters' }).click();
    await field(page, 'External id').waitFor();
    await page.getByRole('button', { name: 'Navigation' }).click();
    await page.getByRole('link', { name: 'Journal', exact: true }).click();
    await page.getByRole('heading', { name: 'Journal', level: 1 }).waitFor();
    await page.setViewportSize({ width: 1360, height: 860 });
  });

  await t.test('an entry of three lines is written, posted, sealed and reversed', async () => {
    await page.getByRole('link', { name: 'New entry' }).click();
    const preview = page.getByRole('region', { name: 'Preview' });
    const line = (number: number) => page.getByRole('group', { name: `Line ${number}` });
    await page.getByRole('button', { name: 'Post entry' }).click();
    await line(2).getByText('Choose an account.').waitFor();
    await page.getByRole('button', { name: 'Add a line' }).click();
    await page.getByRole('button', { name: 'Add a line' }).click();
    await page.getByRole('button', { name: 'Remove line 4' }).click();
    await pickAccount(page, 'Line 1: account', 'alice', 'Alice Moreau');
    await pickAccount(page, 'Line 2: account', 'lindq', 'Bob Lindqvist');
    await pickAccount(page, 'Line 3: account', 'rent', 'Rent collected');
    for (const [number, side, amount] of [
      [1, 'DEBIT', '30'],
      [2, 'CREDIT', '20'],
      [3, 'CREDIT', '5'],
    ] as const) {
      await field(line(number), 'Side').selectOption(side);
      await field(line(number), 'Amount').fill(amount);
    }
    await preview.getByText('It would be refused').waitFor();
    await page.getByLabel('Sums').getByText('apart by').waitFor();
    await field(line(3), 'Amount').fill('10');
    await field(page, 'Description').fill('Three at a table');
    await preview.getByText('The ledger would accept it.').waitFor();
    await page.getByRole('button', { name: 'Post entry' }).dblclick();
    await page.getByRole('heading', { name: /^Entry \d+$/, level: 1 }).waitFor();
    const posted = await get(`/v1/entries/${lastPart(page)}`);
    assert.deepEqual(
      rowsIn(posted, 'lines').map(({ side, amount_minor: minor }) => [side, minor]),
      [
        ['DEBIT', 3000],
        ['CREDIT', 2000],
        ['CREDIT', 1000],
      ],
    );

    await page.getByRole('button', { name: 'Seal now' }).click();
    await page.getByRole('button', { name: 'Verify here' }).waitFor();
    await get(`/v1/entries/${lastPart(page)}/receipt`);
    await page.getByRole('button', { name: 'Reverse entry' }).click();
    await dialog.getByLabel('Reason').fill('Wrong table');
    await dialog.getByRole('button', { name: 'Reverse' }).click();
    await page.getByText(/^Entry \d+ reverses entry \d+\.$/).waitFor();
    const reversal = await get(`/v1/entries/${lastPart(page)}`);
    assert.equal(reversal.json['reverses'], posted.json['id']);
    assert.deepEqual(
      rowsIn(reversal, 'lines').map(({ side }) => side),
      ['CREDIT', 'DEBIT', 'DEBIT'],
    );
  });

  await t.test('the journal is paged, and the trial balance is as it was', async () => {
    await go('/journal');
    await field(page, 'Entry number').fill('3');
    await page.getByRole('button', { name: 'Jump to entry' }).click();
    await page.getByText('1 to 3 of').waitFor();
    await page.getByRole('button', { name: 'Newer' }).click();
    await page.getByRole('row', { name: /Rent, day 12/ }).waitFor();
    await go('/journal/trial-balance');
    await page.getByText('debits equal credits').first().waitFor();
    await page.getByLabel('As recorded at').fill('2020-01-01T00:00');
    await page.getByText('There is nothing to balance.').waitFor();
    await page.getByRole('button', { name: 'Now' }).click();
    await page.getByText('debits equal credits').first().waitFor();
  });

  await t.test('a dated limit is saved, and another taken away', async () => {
    await go(`/accounts/${world.alice}/edit`);
    const add = page.getByRole('button', { name: 'Add a dated limit' });
    await add.click();
    await page.getByLabel('Limit 1: from').fill('2034-01-01T00:00');
    await page.getByLabel('Limit 1: amount').fill('99');
    await add.click();
    await page.getByRole('button', { name: 'Remove' }).last().click();
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('The account was changed.').waitFor();
    const { json } = await get(`/v1/accounts/${world.alice}`);
    assert.deepEqual(json['credit_limit_schedule'], [
      { from: '2034-01-01T00:00:00.000Z', limit_minor: 9900 },
    ]);
  });

  await t.test('a statement is taken away as camt.053, and a request as curl', async () => {
    await go(`/accounts/${world.alice}`);
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'camt.053' }).click(),
    ]);
    assert.match(readFileSync(await download.path(), 'utf8'), /camt\.053/);
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    await page.getByRole('button', { name: 'Copy as curl' }).click();
    await page.getByRole('button', { name: 'Copied' }).waitFor();
    const copied = String(await page.evaluate('navigator.clipboard.readText()'));
    assert.ok(copied.startsWith(`curl -X GET '${server.url}/v1/accounts/${world.alice}'`), copied);
  });

  await t.test('events are looked through, and one is shown whole', async () => {
    await go('/events');
    await page.getByLabel('Filter events').fill('Wrong table');
    await page.waitForURL(/q=Wrong/);
    await page.getByRole('button', { name: /^Event \d+$/ }).click();
    await page
      .getByRole('region', { name: /in full$/ })
      .getByText('"Wrong table"')
      .waitFor();
    await page.getByRole('button', { name: 'Close the event' }).click();
    await page.getByRole('region', { name: /in full$/ }).waitFor({ state: 'detached' });
  });

  await t.test('the theme is switched, and stays', async () => {
    const theme = () => page.evaluate('document.documentElement.dataset.theme');
    await page.getByRole('button', { name: 'Use the dark theme' }).click();
    await page.reload();
    await page.getByRole('button', { name: 'Use the light theme' }).waitFor();
    assert.equal(await theme(), 'dark');
  });
});
