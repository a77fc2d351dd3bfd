import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Page } from 'playwright-core';
import { findBarriers, openSignedIn, takePicture } from '../support/browser.ts';
import { furnish, type ConsoleWorld } from '../support/console-world.ts';
import { startProduct } from '../support/product.ts';

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
  receipts: ['/journal/receipts', 'journal/main'],
  'trial-balance': ['/journal/trial-balance', 'debits equal credits'],
  periods: ['/journal/periods', 'No period is closed.'],
  projections: ['/operations/projections', 'transfer timeline'],
  relay: ['/operations/relay', 'read_models'],
  'dead-letters': ['/operations/dead-letters', 'the amount is out of range'],
  'dead-letter': [`/operations/dead-letters/${world.letter}`, 'Payload'],
  reconciliations: ['/operations/reconciliations', 'admin'],
  proofs: ['/operations/verifications', 'it holds'],
  jobs: ['/operations/jobs', 'sealing'],
  webhooks: ['/operations/webhooks', 'https://hooks.example.com/ledger'],
  webhook: [`/operations/webhooks/${world.webhook}`, 'Deliveries'],
  approvals: ['/operations/approvals', 'Nothing waits.'],
  'api-keys': ['/operations/api-keys', 'Billing'],
  'audit-log': ['/operations/audit-log', 'createWebhook'],
  'not-found': ['/operations/nothing', 'There is no such page.'],
});

test('every page is there, whole, without a barrier in both themes, and fits a phone', async (t) => {
  const product = await startProduct(t);
  const world = await furnish(product);
  const page = await openSignedIn(t, product.server, '/');
  for (const [name, [path, word]] of Object.entries(pagesOf(world))) {
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
      await showTheme(page, 'light');
    });
  }
});

/** As the switch in the page does it, at once. */
async function showTheme(page: Page, theme: 'light' | 'dark'): Promise<void> {
  await page.evaluate(`document.documentElement.dataset.theme = '${theme}'`);
}
