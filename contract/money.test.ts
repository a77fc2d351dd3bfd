import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readAmount } from './money.ts';

test('an amount that is refused is told what is wrong with it, not what it is already', () => {
  const rows: [given: unknown, says: bigint | RegExp][] = [
    [Number.MAX_SAFE_INTEGER, 9007199254740991n],
    ['9223372036854775807', 2n ** 63n - 1n],
    [2n ** 53n, /from 0 to 2\^53-1, or a string/],
    [1.5, /whole number/],
    ['9223372036854775808', /at most 9223372036854775807/],
    ['99999999999999999999', /at most 9223372036854775807/],
    ['01', /leading zero/],
  ];
  for (const [given, says] of rows) {
    const read = readAmount(given);
    if (typeof says === 'bigint') assert.equal(read, says);
    else assert.match(String(read), says);
  }
});
