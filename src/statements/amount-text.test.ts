import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decimalText, readableAmount } from './amount-text.ts';

test('amounts are written with the digits of their currency, exactly', () => {
  const rows: [bigint, number, string, string][] = [
    [0n, 2, '0.00', '0.00'],
    [5n, 2, '0.05', '0.05'],
    [-5n, 2, '-0.05', '-0.05'],
    [123456n, 2, '1234.56', '1,234.56'],
    [-100000000n, 2, '-1000000.00', '-1,000,000.00'],
    [1234n, 0, '1234', '1,234'],
    [999n, 0, '999', '999'],
    [1n, 3, '0.001', '0.001'],
    [9223372036854775807n, 0, '9223372036854775807', '9,223,372,036,854,775,807'],
    [-9223372036854775808n, 12, '-9223372.036854775808', '-9,223,372.036854775808'],
  ];
  for (const [minor, scale, plain, readable] of rows)
    assert.deepEqual([decimalText(minor, scale), readableAmount(minor, scale)], [plain, readable]);
});
