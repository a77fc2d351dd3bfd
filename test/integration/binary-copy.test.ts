import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import { carryOut } from '../../src/projections/applying.ts';
import { appendRows, free, plain, time } from '../../src/projections/columns.ts';
import { createDatabase } from '../support/databases.ts';

interface Row {
  readonly number: number;
  readonly id: string;
  readonly amount: bigint | number | null;
  readonly place: number;
  readonly at: number | null;
  readonly words: string | null;
  readonly day: string;
}

const columns = [
  plain('number', 'bigint', (row: Row) => row.number),
  plain('id', 'uuid', (row: Row) => row.id),
  plain('amount', 'bigint', (row: Row) => row.amount),
  plain('place', 'smallint', (row: Row) => row.place),
  time('at', (row: Row) => row.at),
  free('words', (row: Row) => row.words),
  plain('day', 'date', (row: Row) => row.day),
];

const rowsOf = fc.array(
  fc.record({
    id: fc.uuid(),
    amount: fc.option(
      fc.oneof(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), fc.maxSafeInteger()),
    ),
    place: fc.integer({ min: -32_768, max: 32_767 }),
    at: fc.option(fc.integer({ min: -62_135_596_800_000, max: 253_402_300_799_999 })),
    day: fc
      .date({ min: new Date('0001-01-01'), max: new Date('9999-12-31'), noInvalidDate: true })
      .map((day) => day.toISOString().slice(0, 10)),
    // PostgreSQL has no text with U+0000.
    words: fc.option(
      fc.string({ unit: 'grapheme', maxLength: 80 }).filter((text) => !text.includes('\0')),
    ),
  }),
  { minLength: 200, maxLength: 300 },
);

test('rows that are copied are the rows that are inserted', async (t) => {
  const db = await (await createDatabase(t)).connect();
  for (const table of ['copied', 'copied_next'])
    await db.query(`create table read_models.${table} (number bigint primary key, id uuid, amount bigint,
      place smallint, at timestamptz, words text, day date)`);
  const [found = []] = fc.sample(rowsOf, 1);
  const rows: Row[] = found.map((row, number) => ({ ...row, number }));
  await carryOut(db, appendRows('copied', columns, rows, 'in use'));
  await carryOut(db, appendRows('copied', columns, rows, 'bulk'));
  const { rows: differing } = await db.query(
    'select * from read_models.copied c full join read_models.copied_next n using (number) where c is distinct from n',
  );
  assert.deepEqual(differing, []);
  const { rows: counted } = await db.query('select count(*)::int as n from read_models.copied_next');
  assert.deepEqual(counted, [{ n: rows.length }]);
});

test('what is no UUID is not copied as another one', () => {
  const copy = (id: string) =>
    appendRows(
      'copied',
      columns,
      [{ number: 1, id, amount: 1, place: 1, at: 0, words: '', day: '2026-03-01' }],
      'bulk',
    );
  const id = randomUUID();
  for (const wrong of [
    '',
    'x',
    id.slice(1),
    `${id}0`,
    id.replace(/[0-9a-f]$/, 'g'),
    id.replaceAll('-', ''),
  ])
    assert.throws(() => copy(wrong), /is no UUID/, wrong);
  assert.equal(copy(id.toUpperCase()).kind, 'copy');
});
