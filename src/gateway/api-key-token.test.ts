import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { digestToken, idBytes, isPlausibleToken, makeToken, secretBytes } from './api-key-token.ts';

test('a key shows its id, and holds 256 random bits and a checksum', () => {
  const { id, token } = makeToken(randomBytes(idBytes), randomBytes(secretBytes));
  assert.match(token, /^cl_live_[0-9A-Za-z]{16}_[0-9A-Za-z]{49}$/);
  assert.equal(token.slice(8, 24), id);
  assert.ok(isPlausibleToken(token));
});

test('keys of extreme bytes have the same length', () => {
  for (const byte of [0, 255]) {
    const { token } = makeToken(Buffer.alloc(idBytes, byte), Buffer.alloc(secretBytes, byte));
    assert.ok(isPlausibleToken(token), token);
  }
});

test('a typing mistake is told by the checksum', () => {
  const { token } = makeToken(randomBytes(idBytes), randomBytes(secretBytes));
  for (let index = 8; index < token.length; index++) {
    const wrong = token[index] === 'A' ? 'B' : 'A';
    assert.equal(isPlausibleToken(token.slice(0, index) + wrong + token.slice(index + 1)), false);
  }
  assert.equal(isPlausibleToken(token.slice(0, -1)), false);
  assert.equal(isPlausibleToken(`${token}A`), false);
});

test("an operator's own key is 16 to 512 visible characters", () => {
  assert.ok(isPlausibleToken('0123456789abcdef'));
  for (const token of ['0123456789abcde', 'with a space in it', 'ä'.repeat(20), 'a'.repeat(513)]) {
    assert.equal(isPlausibleToken(token), false);
  }
});

test('a key is kept as its HMAC-SHA-256 with the pepper (RFC 4231, case 2)', () => {
  assert.equal(
    digestToken('what do ya want for nothing?', 'Jefe').toString('hex'),
    '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843',
  );
});
