import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test, type TestContext } from 'node:test';
import type { Page } from 'playwright-core';
import { openSignedIn } from '../support/browser.ts';
import { rowsIn } from '../support/http.ts';
import { startProduct, until, type Product } from '../support/product.ts';
import { startReceiver, towardsReceivers } from '../support/receiver.ts';

test('operators mend read models, dead letters and webhooks in the browser, and the server shows it', async (t) => {
  const product = await startProduct(t, { ...towardsReceivers, WEBHOOK_RETRY_MS: '200' });
  const page = await openSignedIn(t, product.server, '/operations/projections');
  await t.test('read models', (group) => mendReadModels(group, product, page));
  await t.test('dead letters', (group) => mendDeadLetters(group, product, page));
  await t.test('webhooks', (group) => mendWebhooks(group, product, page));
});

async function mendReadModels(t: TestContext, product: Product, page: Page): Promise<void> {
  const { get, sql } = product;
  await product.open('a');
  const b = await product.open('b');
  await product.move('one', 'a', 'b', 100);
  const dialog = page.getByRole('dialog');
  const cardOf = (name: string) => page.getByRole('region', { name, exact: true });
  const newest = async () => rowsIn(await get('/v1/admin/operations'), 'data')[0];
  const linesOf = async (): Promise<number> => {
    const lines = 'select from read_models.statement_lines where account_id = $1';
    return (await sql.query(lines, [b])).rowCount ?? 0;
  };

  await t.test('a replay brings back what is missing', async () => {
    await until(async () => (await linesOf()) === 1, 'the line is there');
    await sql.query('delete from read_models.statement_lines where account_id = $1', [b]);
    await cardOf('statements').getByRole('button', { name: 'Replay' }).click();
    await dialog.getByLabel('After position').fill('x');
    await dialog.getByText(/A position from 0 to/).waitFor();
    await dialog.getByLabel('After position').fill('0');
    await dialog.getByRole('button', { name: 'Replay' }).click();
    await page.getByText('statements is being replayed.').waitFor();
    await until(async () => (await newest())?.['state'] === 'done', 'the replay is over');
    assert.deepEqual([(await newest())?.['kind'], await linesOf()], ['replay', 1]);
  });

  await t.test('a reset empties one and makes it again', async () => {
    await cardOf('daily_balances').getByRole('button', { name: 'Reset' }).click();
    await dialog.getByRole('button', { name: 'Reset' }).click();
    await page.getByText('daily_balances is being made again.').waitFor();
    await until(async () => (await newest())?.['state'] === 'done', 'it is made again');
    const { projection, kind, accept_differences: accepts } = (await newest()) ?? {};
    assert.deepEqual([projection, kind, accepts], ['daily_balances', 'rebuild', true]);
  });

  await t.test('what was asked for is cancelled', async () => {
    const id = randomUUID();
    // As if another process had taken it up.
    await sql.query(`select pg_advisory_lock(hashtextextended('operation ' || $1, 0))`, [id]);
    await sql.query(
      `insert into read_models.operations (id, projection, kind, accept_differences, state, position, actor)
        values ($1, 'transfers', 'rebuild', false, 'loading', 1, 'admin')`,
      [id],
    );
    await cardOf('transfers').getByRole('button', { name: 'Cancel' }).click();
    await page.getByText('It was cancelled.').waitFor();
    assert.equal((await get(`/v1/admin/operations/${id}`)).json['state'], 'cancelled');
    await cardOf('transfers').getByRole('button', { name: 'Rebuild' }).waitFor();
  });
}

async function mendDeadLetters(t: TestContext, product: Product, page: Page): Promise<void> {
  const { server, get, sql } = product;
  await product.open('c');
  const d = await product.open('d');
  const poison = 'alter table read_models.statement_lines';
  await sql.query(`${poison} add constraint poison check (account_id <> '${d}') not valid`);
  await product.move('three', 'c', 'd', 100);
  // What comes after it about the same accounts waits behind it, with a letter of its own.
  const letters = async () => rowsIn(await get('/v1/admin/dead-letters'), 'data');
  const ofEntries = async () => (await letters()).filter(({ type }) => type === 'EntryPosted');
  await until(async () => (await ofEntries()).length === 1, 'the event is parked');
  const [letter] = await ofEntries();
  const path = `/v1/admin/dead-letters/${String(letter?.['id'])}`;
  await page.goto(`${server.url}/operations/dead-letters`);
  const dialog = page.getByRole('dialog');
  const row = page.getByRole('row', { name: /statements EntryPosted/ });

  await t.test('one that fails again says so', async () => {
    await page.getByLabel('Status').selectOption('redriven');
    await page.getByText('Nothing was given up on that is redriven.').waitFor();
    await page.getByLabel('Status').selectOption('parked');
    await row.getByRole('button', { name: 'Redrive' }).click();
    await page.getByText('1 failed again.').waitFor();
    const { json } = await get(path);
    assert.deepEqual([json['status'], json['attempts']], ['parked', Number(letter?.['attempts']) + 1]);
  });

  await t.test('all are redriven once the cause is gone', async () => {
    await product.move('four', 'c', 'd', 50);
    await until(async () => (await ofEntries()).length === 2, 'the next waits behind it');
    await sql.query(`${poison} drop constraint poison`);
    await page.getByRole('button', { name: 'Redrive all' }).click();
    await dialog.getByRole('button', { name: 'Redrive all' }).click();
    await page.getByText(/^\d redriven\.$/).waitFor();
    assert.deepEqual(new Set((await letters()).map(({ status }) => status)), new Set(['redriven']));
    const lines = rowsIn(await get('/v1/accounts/ext:d/statements'), 'lines');
    assert.equal(lines.length, 2);
  });

  await t.test('one is discarded, with a reason', async () => {
    await sql.query(`${poison} add constraint poison check (account_id <> '${d}') not valid`);
    await product.move('five', 'c', 'd', 1);
    const parked = async () => rowsIn(await get('/v1/admin/dead-letters?status=parked'), 'data');
    await until(async () => (await parked()).length === 1, 'the third is parked');
    await page.reload();
    await row.getByRole('link').click();
    await page.getByRole('heading', { name: 'EntryPosted', level: 1 }).waitFor();
    const id = page.url().split('/').at(-1);
    await page.getByRole('button', { name: 'Discard' }).click();
    assert.ok(await dialog.getByRole('button', { name: 'Discard' }).isDisabled(), 'it takes a reason');
    await dialog.getByLabel('Reason').fill('It is of a test');
    await dialog.getByRole('button', { name: 'Discard' }).click();
    await page.getByText('It was discarded.').waitFor();
    const { json } = await get(`/v1/admin/dead-letters/${id}`);
    assert.deepEqual([json['status'], json['reason']], ['discarded', 'It is of a test']);
  });
}

async function mendWebhooks(t: TestContext, product: Product, page: Page): Promise<void> {
  const { server, get, call } = product;
  const receiver = await startReceiver(t);
  await product.open('e');
  const f = await product.open('f');
  const made = await call('POST', '/v1/webhooks', { body: { url: receiver.url } });
  const path = `/v1/webhooks/${String(made.json['id'])}`;
  await page.goto(`${server.url}/operations/webhooks/${String(made.json['id'])}`);
  const dialog = page.getByRole('dialog');
  const ofState = async (state: string) =>
    rowsIn(await get(`${path}/deliveries?state=${state}`), 'data').length;

  await t.test('its events are narrowed', async () => {
    await page.getByRole('button', { name: 'Edit' }).click();
    assert.equal(await dialog.getByLabel('Address').inputValue(), receiver.url);
    await dialog.getByLabel('Description').fill('Of the till');
    await dialog.getByLabel('Types of events').fill('TransferCompleted');
    await dialog.getByLabel('Accounts').fill('ext:f');
    await dialog.getByRole('button', { name: 'Edit' }).click();
    await page.getByText('Of the till').waitFor();
    const { json } = await get(path);
    assert.deepEqual([json['description'], json['event_types']], ['Of the till', ['TransferCompleted']]);
    assert.deepEqual(json['account_ids'], [f]);
  });

  await t.test('a delivery is sent again', async () => {
    await product.move('six', 'e', 'f', 100);
    await until(async () => (await ofState('delivered')) === 1, 'it is delivered');
    await page.getByRole('button', { name: 'Look again' }).click();
    const deliveries = page.getByRole('region', { name: 'Deliveries' });
    await deliveries
      .getByRole('row', { name: /TransferCompleted delivered/ })
      .getByRole('button')
      .click();
    await dialog.getByText('204', { exact: true }).waitFor();
    await dialog.getByRole('button', { name: 'Send again' }).click();
    await page.getByText('It is sent again.').waitFor();
    await until(async () => receiver.received.length === 2, 'it comes again');
    assert.equal(new Set(receiver.received.map(({ id }) => id)).size, 1);
    await dialog.getByRole('button', { name: 'Close' }).click();
  });

  await t.test('what was given up is sent again', async () => {
    receiver.answer = () => ({ status: 500 });
    await product.move('seven', 'e', 'f', 100);
    await until(async () => (await ofState('dead')) === 1, 'it is given up');
    receiver.answer = () => ({ status: 204 });
    await page.getByRole('button', { name: 'Redeliver dead' }).click();
    await dialog.getByRole('button', { name: 'Redeliver dead' }).click();
    await page.getByText('They are sent again.').waitFor();
    await until(async () => (await ofState('delivered')) === 2, 'it is delivered');
  });

  await t.test('it is switched off and on, and its secret is another', async () => {
    await page.getByRole('button', { name: 'Disable' }).click();
    await page.getByRole('button', { name: 'Enable' }).waitFor();
    assert.equal((await get(path)).json['status'], 'DISABLED');
    await page.getByRole('button', { name: 'Enable' }).click();
    await page.getByRole('button', { name: 'Disable' }).waitFor();
    assert.equal((await get(path)).json['status'], 'ACTIVE');
    await page.getByRole('button', { name: 'Rotate secret' }).click();
    await dialog.getByRole('button', { name: 'Rotate secret' }).click();
    const secret = await page.getByLabel('Secret', { exact: true }).textContent();
    assert.match(secret ?? '', /whsec_/);
    assert.notEqual(secret?.trim(), made.json['secret']);
  });
}
