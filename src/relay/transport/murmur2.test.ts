import assert from 'node:assert/strict';
import { test } from 'node:test';
import { murmur2 } from './murmur2.ts';

// The vectors of Kafka's own test, UtilsTest.testMurmur2.
const vectors: readonly [string, number][] = [
  ['21', -973932308],
  ['foobar', -790332482],
  ['a-little-bit-long-string', -985981536],
  ['a-little-bit-longer-string', -1486304829],
  ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58897971],
  ['abc', 479470107],
];

test('a key is hashed as the Java client of Kafka does', () => {
  for (const [key, hash] of vectors) assert.equal(murmur2(Buffer.from(key)), hash, key);
});
