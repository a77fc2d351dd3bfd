import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { AccountTable } from './account-table.ts';

test('a table finds what was added to it, also after it has grown, and after it was saved and loaded', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.uuid(), { maxLength: 3000 }), fc.nat(4000), (ids, expected) => {
      const table = new AccountTable(expected);
      for (const [index, id] of ids.entries()) {
        const side = index % 2 === 0 ? 'DEBIT' : 'CREDIT';
        const slot = table.add({ id, ledger: index % 7, currency: `C${index % 5}`, side });
        assert.equal(table.add({ id, ledger: 0, currency: 'X', side }), slot);
        table.debits[slot] = BigInt(index);
        table.countVersion(slot, index);
      }
      const { arrays, codes } = table.save();
      for (const one of [table, AccountTable.load(ids.length, arrays, codes)]) {
        assert.equal(one.count, ids.length);
        for (const [index, id] of ids.entries()) {
          const slot = one.find(id);
          assert.equal(one.idOf(slot), id);
          assert.equal(one.debits[slot], BigInt(index));
          assert.equal(one.currencyOf(slot), `C${index % 5}`);
          assert.equal(one.sideOf(slot), index % 2 === 0 ? 'DEBIT' : 'CREDIT');
          assert.equal(one.versionSums[slot], index);
        }
        assert.equal(one.find('ffffffff-0000-4000-8000-00000000ffff'), -1);
      }
    }),
    { numRuns: 20 },
  );
});
