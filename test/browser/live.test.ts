import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import type { Page } from 'playwright-core';
import { openSignedIn } from '../support/browser.ts';
import { writeLongStatement } from '../support/long-account.ts';
import { callsTo, startProduct, until, type Product } from '../support/product.ts';

/** As many as are promised; fewer where nobody measures, since it takes a minute to write them. */
const linesOfStatement = Number(process.env['STATEMENT_LINES'] ?? 10_000);

/** The longest that the page was busy at a stretch since it was asked to watch. Milliseconds. */
const watch = `globalThis.longest = 0; new PerformanceObserver((list) => {
  for (const { duration } of list.getEntries()) globalThis.longest = Math.max(globalThis.longest, duration);
}).observe({ type: 'longtask' })`;
const longestIn = async (page: Page): Promise<number> =>
  Number(await page.evaluate('globalThis.longest'));

/** Scripts of the build that one needs before it runs, itself among them: what it imports, and what that does. */
function needsOf(folder: string, file: string, known = new Set<string>()): Set<string> {
  if (known.has(file)) return known;
  known.add(file);
  const imports = /\b(?:from|import)\s*["`']\.\/([\w.-]+\.js)["`']/g;
  for (const [, next = ''] of readFileSync(join(folder, file), 'utf8').matchAll(imports))
    needsOf(folder, next, known);
  return known;
}

test('the script of the first view is less than 250 kB, compressed', (t) => {
  const folder = join(import.meta.dirname, '..', '..', 'console', 'dist', 'console');
  const page = readFileSync(join(folder, '..', 'index.html'), 'utf8');
  const [, main = ''] = /src="\/console\/([\w.-]+\.js)"/.exec(page) ?? [];
  const overview = readdirSync(folder).find((file) => /^overview-.*\.js$/.test(file)) ?? '';
  const first = [...needsOf(folder, overview, needsOf(folder, main))];
  assert.ok(first.includes(overview) && first.length >= 3, String(first));
  const bytes = first.reduce((sum, file) => sum + gzipSync(readFileSync(join(folder, file))).length, 0);
  t.diagnostic(`${bytes} bytes in ${first.length} files`);
  assert.ok(bytes < 250_000, `${bytes} bytes`);
});

test('what happens shows by itself, stands still while it is paused, and goes on after the connection was lost', async (t) => {
  const product = await startProduct(t);
  const { server, open, post, move } = product;
  await open('a', { name: 'Anna' });
  await open('b', { name: 'Ben' });
  const page = await openSignedIn(t, server, '/accounts');
  const other = await page.context().newPage();
  await other.goto(`${server.url}/events`);
  await other.getByText('live').waitFor();
  await move('one', 'a', 'b', 100, { description: 'one' });
  const completed = other.getByRole('cell', { name: 'TransferCompleted' });
  await completed.first().waitFor();
  await page.getByRole('row', { name: /Ben .* 1\.00/ }).waitFor();

  await other.getByRole('button', { name: 'Pause' }).click();
  await move('two', 'a', 'b', 100);
  await other.getByRole('button', { name: 'Resume (2 new)' }).waitFor();
  assert.equal(await completed.count(), 1);
  await other.getByRole('button', { name: /Resume/ }).click();
  await until(async () => (await completed.count()) === 2, 'both are shown');
  await other.getByLabel('Type').selectOption('AccountCreated');
  await until(async () => (await completed.count()) === 0, 'the rest is filtered out');

  await page.getByRole('row', { name: /Ben .* 2\.00/ }).waitFor();
  await page.context().setOffline(true);
  await page.getByText('You are offline.').waitFor();
  await post(
    '/v1/transfers',
    { from: 'ext:a', to: 'ext:b', amount_minor: 5000, currency: 'USD' },
    'offline',
  );
  await page.getByRole('row', { name: /Ben .* 2\.00/ }).waitFor();
  await page.context().setOffline(false);
  await page.getByRole('row', { name: /Ben .* 52\.00/ }).waitFor();
});

/** Batches of a thousand transfers, as fast as the ledger takes them. */
async function burst({ call }: Product, batches: number): Promise<void> {
  for (let batch = 0; batch < batches; batch++) {
    const transfers = Array.from({ length: 1000 }, (_, row) => ({
      from: 'ext:a',
      to: 'ext:b',
      amount_minor: 1,
      currency: 'USD',
      idempotencyKey: `burst-${batch}-${row}`,
    }));
    const { status, text } = await call('POST', '/v1/transfers/batch', {
      body: { mode: 'independent', transfers },
    });
    assert.equal(status, 200, text);
  }
}

test('a burst of thousands of events does not freeze the page', async (t) => {
  const product = await startProduct(t);
  await product.open('a');
  await product.open('b');
  const page = await openSignedIn(t, product.server, '/events');
  await page.getByText('live').waitFor();
  await page.evaluate(watch);
  const startedAt = performance.now();
  await burst(product, 5);
  const total = async (): Promise<number> =>
    Number(
      /^([\d,]+)/
        .exec((await page.getByText('since this page was opened').textContent()) ?? '')?.[1]
        ?.replaceAll(',', '') ?? 0,
    );
  await until(async () => (await total()) >= 10_000, 'all events are counted');
  const seconds = (performance.now() - startedAt) / 1000;
  t.diagnostic(
    `10,000 events in ${seconds.toFixed(1)} s, longest task ${(await longestIn(page)).toFixed(0)} ms`,
  );
  // A machine that does other things at once makes every task longer; frozen is another matter.
  assert.ok((await longestIn(page)) < 1000);
  await page.getByRole('button', { name: 'Pause' }).click();
  await page.getByRole('button', { name: 'Resume' }).waitFor();

  await page.goto(`${product.server.url}/transfers`);
  await page.getByText('50 rows').waitFor();
  await page.getByRole('button', { name: 'Show more' }).click();
  await page.getByText('100 rows').waitFor();
});

test('a long statement is scrolled through and jumped in', async (t) => {
  const product = await startProduct(t);
  const { server } = product;
  await product.open('long', { name: 'Long account' });
  await product.open('other', { name: 'Other' });
  const id = await writeLongStatement(callsTo(server), 'long', 'other', linesOfStatement);
  const page = await openSignedIn(t, server, `/accounts/${id}`);
  const table = page.getByRole('table', { name: 'Statement' });
  await table.getByRole('row').nth(5).waitFor();
  await page.evaluate(watch);
  const scroll = `(async () => {
    const box = document.querySelector('[aria-label="Statement"]');
    for (let step = 0; step < 120; step++) {
      box.scrollTop += 600;
      await new Promise((done) => requestAnimationFrame(done));
    }
    return box.getAttribute('aria-rowcount');
  })()`;
  const rows = Number(await page.evaluate(scroll));
  const shown = await table.getByRole('row').count();
  t.diagnostic(
    `${rows} rows read, ${shown} in the page, longest task ${(await longestIn(page)).toFixed(0)} ms`,
  );
  assert.ok(rows > 1000 && shown < 100);
  assert.ok((await longestIn(page)) < 500);
  await page.getByLabel('Entry number').fill('5000');
  await page.getByRole('button', { name: 'Jump to entry' }).click();
  await page.locator('.is-marked').getByText('5000', { exact: true }).waitFor();
});
