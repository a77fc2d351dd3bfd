import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AccountCache } from './account-cache.ts';
import { newExternalAccount } from './external-account.ts';
import type { Account } from './state.ts';

/** An account that is told apart by its number in every field. */
function account(number: number): Account {
  const fresh = newExternalAccount(`ledger-${number}`, 'USD', number, number);
  const amount = BigInt(number) - 2n ** 63n;
  return { ...fresh, debits: amount, credits: -1n - amount, held: 1n, incoming: 2n, version: number };
}

const idOf = (number: number): string => account(number).settings.id;

test('an account comes back as it was kept, also at the ends of 64 bits', () => {
  const cache = new AccountCache(10, () => assert.fail('nothing is evicted'));
  cache.set(account(0));
  cache.set(account(7));
  assert.deepEqual(cache.get(idOf(0)), account(0));
  assert.deepEqual(cache.get(idOf(7)), account(7));
  assert.equal(cache.get(idOf(8)), undefined);
});

test('a newer state replaces the older one, with settings of its own', () => {
  const cache = new AccountCache(10, () => assert.fail('nothing is evicted'));
  cache.set(account(1));
  const changed = {
    ...account(1),
    version: 2 ** 52,
    settings: { ...account(1).settings, name: 'Till' },
  };
  cache.set(changed);
  assert.deepEqual(cache.get(idOf(1)), changed);
  assert.equal(cache.size, 1);
});

test('what was not used since the hand came by goes first, and its eviction is told', () => {
  const evicted: string[] = [];
  const cache = new AccountCache(3, ({ id }) => evicted.push(id));
  for (const number of [1, 2, 3, 4]) cache.set(account(number));
  assert.deepEqual(evicted, [idOf(1)], 'all were used: the first is next');
  cache.get(idOf(2));
  cache.set(account(5));
  assert.deepEqual(evicted, [idOf(1), idOf(3)]);
  assert.deepEqual(
    [1, 2, 3, 4, 5].map((number) => cache.has(idOf(number))),
    [false, true, false, true, true],
  );
  assert.equal(cache.size, 3);
});

test('it grows to its bound and stays there, every account right', () => {
  const cache = new AccountCache(5000, () => undefined);
  for (let number = 0; number < 20_000; number += 1) cache.set(account(number));
  assert.equal(cache.size, 5000);
  for (let number = 0; number < 20_000; number += 1) {
    const found = cache.get(idOf(number));
    if (found !== undefined) assert.deepEqual(found, account(number));
  }
});

test('it forgets everything and begins anew', () => {
  const cache = new AccountCache(2, () => undefined);
  for (const number of [1, 2, 3]) cache.set(account(number));
  cache.clear();
  assert.equal(cache.has(idOf(3)), false);
  for (const number of [4, 5]) cache.set(account(number));
  assert.deepEqual(cache.get(idOf(4)), account(4));
});
