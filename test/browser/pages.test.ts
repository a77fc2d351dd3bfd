import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Page } from 'playwright-core';
import { findBarriers, openSignedIn, takePicture } from '../support/browser.ts';
import { furnish, type ConsoleWorld } from '../support/console-world.ts';
import { rowsIn } from '../support/http.ts';
import { startProduct, type Product } from '../support/product.ts';

/** Every page by its address, and a word that stands there once it is whole. */
const pagesOf = (
  world: ConsoleWorld,
): Readonly<Record<string, readonly [path: string, word: string]>> => ({
  overview: ['/', 'Transfers per second'],
  accounts: ['/accounts', 'Alice Moreau'],
  'account-new': ['/accounts/new', 'Opening balance'],
  account: [`/accounts/${world.alice}`, 'Rent, day 12'],
  'account-holds': [`/accounts/${world.alice}?tab=holds`, 'when it is settled or voided'],
  'account-limits': [`/accounts/${world.alice}?tab=limits`, 'in force'],
  'account-details': [`/accounts/${world.alice}?tab=details`, 'FR7630006000011234567890189'],
  'account-json': [`/accounts/${world.alice}?tab=json`, '"credit_limit_minor": 50000'],
  'account-edit': [`/accounts/${world.alice}/edit`, 'Dated limits'],
  transfers: ['/transfers', 'Too many shoes'],
  'transfer-new': [`/transfers/new?from=${world.alice}`, 'Preview'],
  transfer: [`/transfers/${world.transfer}`, 'Transfer Completed'],
  'transfer-hold': [`/transfers/${world.hold}`, 'Life of the hold'],
  'transfer-failed': [`/transfers/${world.failed}`, 'Why was this refused?'],
  events: ['/events', 'TransferHeld'],
  journal: ['/journal', 'Lunch'],
  entry: [`/journal/entries/${world.entry}`, 'Verify here'],
  'entry-new': ['/journal/entries/new', 'Preview'],
  receipts: ['/journal/receipts', 'journal/main'],
  'trial-balance': ['/journal/trial-balance', 'debits equal credits'],
  periods: ['/journal/periods', 'The year before'],
  period: ['/journal/periods/1', 'Until Jan 1, 2020'],
  ledgers: ['/ledgers', 'clock ahead by'],
  currencies: ['/currencies', 'POINTS'],
  projections: ['/operations/projections', 'transfer timeline'],
  relay: ['/operations/relay', 'read_models'],
  'dead-letters': ['/operations/dead-letters', 'the amount is out of range'],
  'dead-letter': [`/operations/dead-letters/${world.letter}`, 'Payload'],
  reconciliations: ['/operations/reconciliations', 'admin'],
  proofs: ['/operations/verifications', 'it holds'],
  jobs: ['/operations/jobs', 'sealing'],
  webhooks: ['/operations/webhooks', 'https://hooks.example.com/ledger'],
  webhook: [`/operations/webhooks/${world.webhook}`, 'Deliveries'],
  approvals: ['/operations/approvals', 'discardDeadLetter'],
  'api-keys': ['/operations/api-keys', 'Billing'],
  'audit-log': ['/operations/audit-log', 'createWebhook'],
  'not-found': ['/operations/nothing', 'There is no such page.'],
});

test('every page is there, whole, without a barrier in both themes, and fits a phone', async (t) => {
  const product = await startProduct(t, { FOUR_EYES: 'discards' });
  const world = await furnish(product);
  const approval = await furnishMore(product, world);
  const page = await openSignedIn(t, product.server, '/');
  const refused: string[] = [];
  page.on('response', (answer) => {
    if (answer.status() >= 400) refused.push(`${answer.status()} ${answer.url()}`);
  });
  for (const [name, [path, word]] of Object.entries({ ...pagesOf(world), ...approval })) {
    await t.test(name, async () => {
      await page.setViewportSize({ width: 1360, height: 860 });
      await page.goto(product.server.url + path);
      await page.getByRole('heading', { level: 1 }).waitFor();
      await page.getByText(word).locator('visible=true').first().waitFor();
      assert.deepEqual(await findBarriers(page), []);
      await takePicture(page, `${name}-light`);
      await showTheme(page, 'dark');
      assert.deepEqual(await findBarriers(page, ['color-contrast']), []);
      await takePicture(page, `${name}-dark`);
      await page.setViewportSize({ width: 390, height: 844 });
      const overflow = await page.evaluate('document.documentElement.scrollWidth - innerWidth');
      assert.ok(Number(overflow) <= 0, `${name} is ${String(overflow)} pixels too wide`);
      if (['accounts', 'transfers', 'journal'].includes(name)) {
        const box = await page.locator('tbody .fold-top').first().boundingBox();
        assert.ok(box !== null && box.x + box.width <= 390, 'the amount is seen without scrolling');
      }
      await takePicture(page, `${name}-phone`);
      assert.deepEqual(refused, [], 'nothing that a page asks for is refused');
      await showTheme(page, 'light');
    });
  }
});

/** What only this test looks at: a closed period, a request that waits, a comparison. @returns their pages */
async function furnishMore({ call, get, post }: Product, { letter }: ConsoleWorld) {
  await post(
    '/v1/ledgers/main/periods',
    { ends_at: '2020-01-01T00:00:00Z', description: 'The year before' },
    'period',
  );
  const body = { reason: 'It is of a drill' };
  await call('POST', `/v1/admin/dead-letters/${letter}/discard`, { body });
  const [approval] = rowsIn(await get('/v1/admin/approvals'), 'data');
  const [run] = rowsIn(await get('/v1/admin/reconciliations'), 'data');
  return {
    approval: [`/operations/approvals/${String(approval?.['id'])}`, 'It is of a drill'],
    reconciliation: [`/operations/reconciliations/${String(run?.['id'])}`, 'checked at position'],
  } as const;
}

/** As the switch in the page does it, at once. */
async function showTheme(page: Page, theme: 'light' | 'dark'): Promise<void> {
  await page.evaluate(`document.documentElement.dataset.theme = '${theme}'`);
}
