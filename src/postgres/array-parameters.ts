/*
 * Arrays as parameters, made straight from rows: one column of many rows is one parameter. Cheaper than the
 * driver's own conversion, which inspects every element.
 */

/** A column that needs no quoting (numbers, UUIDs, words, times, booleans) as a text array; null is NULL. */
export function plainColumn<Row>(
  rows: readonly Row[],
  pick: (row: Row) => string | number | bigint | boolean | null,
): string {
  let text = '';
  for (const row of rows) {
    const value = pick(row);
    text += value === null ? ',NULL' : `,${value}`;
  }
  return `{${text.slice(1)}}`;
}

/**
 * A plain column whose usual value is left out: NULL stands for it, and an empty array for a column that has
 * nothing else.
 */
export function sparseColumn<Row, Value extends string | number | bigint | boolean | null>(
  rows: readonly Row[],
  usual: Value,
  pick: (row: Row) => Value,
): string {
  let text = '';
  let isSparse = true;
  for (const row of rows) {
    const value = pick(row);
    if (value === usual || value === null) text += ',NULL';
    else {
      text += `,${value}`;
      isSparse = false;
    }
  }
  return isSparse ? '{}' : `{${text.slice(1)}}`;
}

const special = /["\\]/;
const specials = /["\\]/g;

/**
 * A column of free text as a text array. NULL stands for null and for the usual value; a column that has
 * nothing else is an empty array.
 */
export function textColumn<Row>(
  rows: readonly Row[],
  pick: (row: Row) => string | null,
  usual: string | null = null,
): string {
  let text = '';
  let isSparse = true;
  for (const row of rows) {
    const value = pick(row);
    if (value === usual || value === null) text += ',NULL';
    else {
      text += `,${quote(value)}`;
      isSparse = false;
    }
  }
  return isSparse ? '{}' : `{${text.slice(1)}}`;
}

function quote(value: string): string {
  return special.test(value) ? `"${value.replace(specials, '\\$&')}"` : `"${value}"`;
}

const byteaOid = 17;
const headerBytes = 20;

/**
 * A column of byte strings as a `bytea[]` in the binary format, which the driver uses for buffers:
 * dimensions, a flag for nulls, the element type, then length and lower bound of the one dimension, then
 * each element after its length.
 */
export function bytesColumn<Row>(rows: readonly Row[], pick: (row: Row) => Uint8Array): Buffer {
  const values = rows.map(pick);
  const size = values.reduce((sum, value) => sum + 4 + value.length, headerBytes);
  const array = Buffer.allocUnsafe(size);
  for (const [index, word] of [1, 0, byteaOid, values.length, 1].entries())
    array.writeInt32BE(word, index * 4);
  let offset = headerBytes;
  for (const value of values) {
    array.writeInt32BE(value.length, offset);
    array.set(value, offset + 4);
    offset += 4 + value.length;
  }
  return array;
}
