import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { openSignedIn } from '../support/browser.ts';
import { furnish } from '../support/console-world.ts';
import { rowsIn } from '../support/http.ts';
import { startProduct, until } from '../support/product.ts';

test('operators do their work in the browser, and the server shows it', async (t) => {
  const product = await startProduct(t, { FOUR_EYES: 'discards' });
  const world = await furnish(product);
  const { server, get, call } = product;
  const page = await openSignedIn(t, server, '/operations/projections');
  const go = (path: string) => page.goto(server.url + path);
  const dialog = page.getByRole('dialog');

  await t.test('a projection is paused, started, and rebuilt with its history', async () => {
    const card = page.getByRole('region', { name: 'balances', exact: true });
    await card.getByRole('button', { name: 'Pause' }).click();
    await card.getByText('paused').waitFor();
    await card.getByRole('button', { name: 'Start' }).click();
    await card.getByText('running').waitFor();
    await card.getByRole('button', { name: 'Rebuild' }).click();
    await dialog.getByRole('button', { name: 'Rebuild' }).click();
    await page.getByText('balances is being rebuilt.').waitFor();
    const isDone = async () => /"state":"(done|differs)"/.test((await get('/v1/admin/operations')).text);
    await until(isDone, 'the rebuild is over');
    await page.reload();
    await page
      .getByRole('region', { name: 'History' })
      .getByRole('row', { name: /balances rebuild/ })
      .waitFor();
  });

  await t.test(
    'a dead letter is inspected; its discard waits for another administrator, who decides in another browser',
    async () => {
      await go('/operations/dead-letters');
      await page
        .getByRole('row', { name: /the amount is out of range/ })
        .getByRole('link')
        .click();
      const askToDiscard = async (): Promise<void> => {
        await go(`/operations/dead-letters/${world.letter}`);
        await page.getByRole('heading', { name: 'EntryPosted', level: 1 }).waitFor();
        await page.getByRole('button', { name: 'Discard' }).click();
        await dialog.getByLabel('Reason').fill('A test of the drill');
        await dialog.getByRole('button', { name: 'Discard' }).click();
        await dialog.getByText('Another administrator has to approve this.').waitFor();
        await dialog.getByRole('link', { name: 'See the request' }).click();
        await page.getByText('You asked for it').waitFor();
      };
      await page.getByRole('heading', { name: 'EntryPosted', level: 1 }).waitFor();
      await askToDiscard();

      const body = { name: 'Second', scopes: ['admin'], ledgers: ['main'] };
      const { json } = await call('POST', '/v1/api-keys', { body });
      const other = await openSignedIn(t, server, new URL(page.url()).pathname, {
        key: String(json['key']),
      });
      await other.getByRole('button', { name: 'Reject' }).click();
      await other.getByRole('dialog').getByLabel('Reason').fill('Not on a Friday');
      await other.getByRole('dialog').getByRole('button', { name: 'Reject' }).click();
      await other.getByText('Not on a Friday').waitFor();
      assert.match((await get('/v1/admin/approvals')).text, /"state":"rejected"/);
      assert.equal((await get(`/v1/admin/dead-letters/${world.letter}`)).json['status'], 'parked');

      await askToDiscard();
      await other.goto(page.url());
      await other.getByRole('button', { name: 'Approve' }).click();
      await other.getByRole('dialog').getByRole('button', { name: 'Approve' }).click();
      await other.getByText('It was approved.').waitFor();
      assert.equal((await get(`/v1/admin/dead-letters/${world.letter}`)).json['status'], 'discarded');
    },
  );

  await t.test('a key is made, shown once, put in the place of another, and revoked', async () => {
    await go('/operations/api-keys');
    await page.getByRole('button', { name: 'New key' }).click();
    await dialog.getByLabel('Name').fill('Till');
    await dialog.getByLabel('Write: open accounts, move money').check();
    await dialog.getByRole('button', { name: 'New key' }).click();
    const key = (await page.getByLabel('API key', { exact: true }).textContent())?.trim() ?? '';
    assert.match(key, /^cl_live_/);
    const headers = { authorization: `Bearer ${key}` };
    assert.deepEqual((await call('GET', '/v1/session', { headers })).json['scopes'], ['read', 'write']);
    await dialog.getByRole('button', { name: 'Done' }).click();
    const tills = page.getByRole('row', { name: /Till/ });
    await tills.getByRole('button', { name: 'Rotate' }).click();
    await dialog.getByRole('button', { name: 'Rotate' }).click();
    await dialog.getByRole('button', { name: 'Done' }).waitFor();
    const next = (await page.getByLabel('API key', { exact: true }).textContent())?.trim() ?? '';
    assert.notEqual(next, key);
    await dialog.getByRole('button', { name: 'Done' }).click();
    await tills.getByText('replaced').waitFor();
    const nextHeaders = { authorization: `Bearer ${next}` };
    assert.equal((await call('GET', '/v1/session', { headers })).status, 200, 'both count for a day');
    assert.equal((await call('GET', '/v1/session', { headers: nextHeaders })).status, 200);
    await tills.getByRole('button', { name: 'Revoke' }).click();
    await dialog.getByRole('button', { name: 'Revoke' }).click();
    await tills.getByText('revoked').waitFor();
    assert.equal((await call('GET', '/v1/session', { headers: nextHeaders })).status, 401);
  });

  await t.test('a reconciliation names the account that drifted, and by how much', async () => {
    const spoil =
      'update read_models.balances set credits_minor = credits_minor + 7 where account_id = $1';
    await product.sql.query(spoil, [world.bob]);
    await go('/operations/reconciliations');
    await page.getByRole('button', { name: 'Reconcile now' }).click();
    await page.getByText('It is being compared.').waitFor();
    const newest = async () => rowsIn(await get('/v1/admin/reconciliations'), 'data')[0];
    const isOver = async () => /done|differs|failed/.test(String((await newest())?.['state']));
    await until(isOver, 'it is compared');
    await go(`/operations/reconciliations/${String((await newest())?.['id'])}`);
    const source = page.getByRole('region', { name: 'balances', exact: true });
    await source.getByRole('row', { name: new RegExp(`${world.bob}.* 7$`) }).waitFor();
  });

  await t.test('a proof and a job are asked for', async () => {
    await go('/operations/verifications');
    await page.getByRole('button', { name: 'Verify now' }).click();
    await page.getByText('The journal is being verified.').waitFor();
    await until(async () => (await page.getByText('it holds').count()) >= 2, 'the second proof holds');
    await go('/operations/jobs');
    await page
      .getByRole('row', { name: /^clean up/ })
      .getByRole('button', { name: 'Run' })
      .click();
    const hasRun = async () =>
      /"job":"clean_up","state":"done"/.test((await get('/v1/admin/job-runs?job=clean_up')).text);
    await until(hasRun, 'the job has run');
  });

  await t.test('a webhook is made, tested and deleted', async () => {
    await go('/operations/webhooks');
    await page.getByRole('button', { name: 'New webhook' }).click();
    await dialog.getByLabel('Address').fill('https://example.org/hook');
    await dialog.getByRole('button', { name: 'New webhook' }).click();
    assert.match((await page.getByLabel('Secret', { exact: true }).textContent()) ?? '', /whsec_/);
    await dialog.getByRole('button', { name: 'Done' }).click();
    await page.getByRole('link', { name: 'https://example.org/hook' }).click();
    await page.getByRole('button', { name: 'Send a test' }).click();
    await page.getByText('A test is on its way.').waitFor();
    await page.getByRole('button', { name: 'Delete' }).click();
    await dialog.getByRole('button', { name: 'Delete' }).click();
    await page.getByRole('heading', { name: 'Webhooks', level: 1 }).waitFor();
    assert.ok(!(await get('/v1/webhooks')).text.includes('https://example.org/hook'));
  });

  await t.test('the audit log tells who did all that', async () => {
    await go('/operations/audit-log?action=revokeApiKey');
    await page.getByRole('row', { name: /revokeApiKey done admin/ }).waitFor();
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Download CSV' }).click(),
    ]);
    assert.match(readFileSync(await download.path(), 'utf8'), /revokeApiKey/);
  });
});
