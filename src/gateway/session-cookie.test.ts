import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { openSession, sealingKeyOf, sealSession } from './session-cookie.ts';

const key = sealingKeyOf('a pepper');
const session = { credential: 'cl_live_x', expiresAt: 1_795_000_000_000 };

test('a session that was sealed is opened by the same pepper, and tells nothing without it', () => {
  const text = sealSession(key, session, randomBytes);
  assert.deepEqual(openSession(sealingKeyOf('a pepper'), text), session);
  assert.equal(openSession(sealingKeyOf('another pepper'), text), undefined);
  assert.equal(openSession(sealingKeyOf('a pepper', 'credit-ledger/sign-in/1'), text), undefined);
  assert.ok(!Buffer.from(text, 'base64url').toString('latin1').includes('cl_live_x'));
  assert.notEqual(sealSession(key, session, randomBytes), text);
});

test('a session that was changed anywhere, cut or made up is none', () => {
  const bytes = Buffer.from(sealSession(key, session, randomBytes), 'base64url');
  for (let at = 0; at < bytes.length; at++) {
    const changed = Buffer.from(bytes);
    changed[at] = (changed[at] ?? 0) ^ 1;
    assert.equal(openSession(key, changed.toString('base64url')), undefined, `byte ${at}`);
  }
  for (let length = 0; length < bytes.length; length++)
    assert.equal(openSession(key, bytes.subarray(0, length).toString('base64url')), undefined);
  assert.equal(openSession(key, 'nothing'), undefined);
});
