import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { audit } from '../support/audit.ts';
import { catalogue, type Place, type Row } from '../support/hostile-catalogue.ts';
import { furnish } from '../support/hostile-world.ts';
import { readExtent, startProduct } from '../support/product.ts';

const numbers = 80;
const root = join(import.meta.dirname, '..', '..');

/** A refusal of these leaves nothing behind, not even a key. */
const isShape = (summary: string): boolean =>
  /^(400|401|403|404|405|406|41[345]|417|431)\b/.test(summary);

test('what is hostile is answered with its status and code, and never with a fault', async (t) => {
  const product = await startProduct(t, { LOG_LEVEL: 'debug' });
  const world = await furnish(product);
  for (const row of catalogue.filter((found): found is Row => 'act' in found))
    await t.test(`${row.of} ${row.what}`, async () => {
      const before = await readExtent(product.sql);
      const answers = [await row.act(world)].flat();
      const expected = typeof row.expect === 'string' ? answers.map(() => row.expect) : row.expect;
      assert.deepEqual(answers, expected);
      for (const answer of answers) assert.doesNotMatch(answer, /^5|stack|select /i);
      if (answers.every(isShape))
        assert.equal(await readExtent(product.sql), before, 'it left something');
    });
  assert.deepEqual(await audit(product.sql), []);
  assertLogIsWhole(product.server.output());
});

/** Whatever was sent, each line is the program's own: one JSON object, or its welcome. */
function assertLogIsWhole(output: string): void {
  const lines = output.slice(output.indexOf('npm run demo')).split('\n').slice(1);
  const logged = lines.filter((line) => line.trim() !== '');
  assert.ok(logged.length > 0, 'something was logged');
  for (const line of logged) assert.doesNotThrow(() => void JSON.parse(line), line.slice(0, 200));
}

test('every number of the catalogue has its row, here or where it is said to be', () => {
  const seen = new Set(catalogue.map(({ of }) => of));
  const missing = Array.from({ length: numbers }, (_, index) => index + 1).filter((of) => !seen.has(of));
  assert.deepEqual(missing, []);
  for (const { file, name } of catalogue.filter((found): found is Place => 'file' in found)) {
    assert.ok(existsSync(join(root, file)), file);
    assert.ok(readFileSync(join(root, file), 'utf8').includes(name), `${file} has no test: ${name}`);
  }
});
