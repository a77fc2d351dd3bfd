import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { assertDocumented, listOperations } from '../support/api-document.ts';
import { requestsOf } from '../support/arbitrary-requests.ts';
import { audit } from '../support/audit.ts';
import { send } from '../support/http.ts';
import { startProduct, type Product } from '../support/product.ts';

/** The same requests every time; FUZZ_SEED gives others, FUZZ_RUNS more. */
const seed = Number(process.env['FUZZ_SEED'] ?? 1);
const numRuns = Number(process.env['FUZZ_RUNS'] ?? 40);

/** A book with something of everything, whose ids requests may name. */
async function furnish({ open, move, call, get, post }: Product): Promise<string[]> {
  const accounts = [await open('a'), await open('b'), await open('c', { currency: 'EUR' })];
  const moved = await move('moved', 'a', 'b', 100);
  const held = await move('held', 'a', 'b', 50, { hold: true });
  const key = await post('/v1/api-keys', { name: 'k', scopes: ['read'], ledgers: ['main'] }, 'key');
  const sealed = await call('POST', '/v1/admin/seals');
  assert.equal(sealed.status, 201, sealed.text);
  await get('/v1/ledgers');
  const ids = [moved.json['id'], moved.json['entry_id'], held.json['id'], key.json['id']];
  return [...accounts, ...ids.map(String), 'ext:a', 'ext:b', 'balances', 'clean_up'];
}

test('whatever is sent, each operation answers as its document says, and never with a fault', async (t) => {
  const product = await startProduct(t, { LOG_LEVEL: 'fatal' });
  const known = await furnish(product);
  const { url, adminKey } = product.server;
  for (const operation of listOperations())
    await t.test(operation.id, () =>
      fc.assert(
        fc.asyncProperty(requestsOf(operation, known), async ({ path, headers, body }) => {
          const all = { authorization: `Bearer ${adminKey}`, ...headers };
          assertDocumented(operation, await send(url + path, operation.method, all, body));
        }),
        { seed, numRuns, endOnFailure: false },
      ),
    );
  assert.deepEqual(await audit(product.sql), []);
});
