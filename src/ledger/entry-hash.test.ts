import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { stringifyJson } from '@credit-ledger/contract/json.ts';
import { canonicalEntry, genesisHash, hashEntry } from './entry-hash.ts';
import type { Entry, Line } from './state.ts';
import { viewEntry } from './views.ts';

const root = join(import.meta.dirname, '..', '..');
const id = (end: string): string => `01990000-0000-7000-8000-${end.padStart(12, '0')}`;

function line(
  account: string,
  side: Line['side'],
  amount: bigint,
  balanceAfter: bigint,
  version: number,
): Line {
  const rest = { currency: 'USD', debitsAfter: 0n, heldAfter: 0n, incomingAfter: 0n };
  return { account: id(account), side, amount, balanceAfter, version, ...rest };
}

const example: Omit<Entry, 'hash'> = {
  id: id('2'),
  ledger: 'main',
  number: 2,
  position: 9,
  transferId: id('3'),
  batchId: null,
  reverses: null,
  forced: false,
  description: 'Café "Zoë"',
  metadata: '{"order":7}',
  postedAt: Date.parse('2026-01-02T03:04:05.006Z'),
  effectiveAt: Date.parse('2026-01-01T00:00:00.000Z'),
  lines: [line('a', 'DEBIT', 1234n, -1234n, 3), line('b', 'CREDIT', 1234n, 1234n, 2)],
  previousHash: '7d0f3b1bd8c5cd5a2c2e0c8a4a5c6f1e9b1f4b6d3a2c1e0f9d8c7b6a59483726',
};

test('the example of docs/journal-format.md is made of the bytes and has the hash that stand there', () => {
  const page = readFileSync(join(root, 'docs', 'journal-format.md'), 'utf8').split('\n');
  assert(page.includes(canonicalEntry(example)), canonicalEntry(example));
  assert(page.includes(hashEntry(example)), hashEntry(example));
});

/** Entries with everything in them that could be written in more than one way. */
function chain(): Entry[] {
  const control = Array.from({ length: 0x80 }, (_, code) => String.fromCharCode(code)).join('');
  const most = 2n ** 63n - 1n;
  const texts: Partial<Entry>[] = [
    { description: null, metadata: '{}', transferId: null },
    { description: `${control}\u0080\u2028\u2029\uffff😀é"\\/`, forced: true, reverses: id('1') },
    {
      batchId: 'b "1" \\ é',
      metadata: '{"a":[1,-0.5,1e-7,null,true,"ü"],"é":{"":""},"😀":9007199254740992,"\uffff":1}',
    },
    {
      lines: [
        line('a', 'DEBIT', most, -most, 9_007_199_254_740_991),
        line('b', 'CREDIT', most, most, 1),
      ],
    },
    { effectiveAt: Date.parse('0001-01-01T00:00:00.000Z'), description: '' },
  ];
  const entries: Entry[] = [];
  for (const [index, fields] of texts.entries()) {
    const previousHash = entries.at(-1)?.hash ?? genesisHash;
    const entry = { ...example, id: id(String(index)), number: index + 1, ...fields, previousHash };
    entries.push({ ...entry, hash: hashEntry(entry) });
  }
  return entries;
}

function verify(entries: readonly Entry[]): string {
  const input = entries.map((entry) => stringifyJson(viewEntry(entry))).join('\n');
  const { stdout, error } = spawnSync('python3', [join(root, 'test', 'support', 'verify-chain.py')], {
    input,
  });
  if (error !== undefined) throw error;
  return stdout.toString().trim();
}

const hasPython = spawnSync('python3', ['--version']).error === undefined;
// Where everything can be installed, an absent interpreter is a mistake and not a circumstance.
const skip = hasPython || process.env.CI === 'true' ? false : 'python3 is not installed';

test('an implementation in Python, of the page alone, comes to the same hashes', { skip }, () => {
  const entries = chain();
  assert.equal(verify(entries), `${entries.length} ${entries.at(-1)?.hash}`);
});

test('any change of an entry, and one left out, is found at that entry', { skip }, () => {
  const changes: Partial<Entry>[] = [
    { description: 'other' },
    { metadata: '{"order":8}' },
    { forced: true },
    { postedAt: 0 },
    { effectiveAt: 0 },
    { transferId: null },
    { batchId: 'b' },
    { reverses: id('9') },
    { ledger: 'other' },
    { id: id('9') },
    { lines: example.lines.toReversed() },
    { lines: [line('a', 'DEBIT', 1235n, -1234n, 3), line('b', 'CREDIT', 1235n, 1234n, 2)] },
    { lines: [line('a', 'DEBIT', 1234n, -1235n, 3), line('b', 'CREDIT', 1234n, 1234n, 2)] },
    { lines: [line('a', 'DEBIT', 1234n, -1234n, 4), line('b', 'CREDIT', 1234n, 1234n, 2)] },
  ];
  const first = { ...example, number: 1, previousHash: genesisHash };
  const entry = { ...first, hash: hashEntry(first) };
  assert.equal(verify([entry]), `1 ${entry.hash}`);
  for (const change of changes) {
    const changed = { ...entry, ...change };
    assert.equal(verify([changed]), 'entry 1 is not what its hash was made of');
    assert.notEqual(hashEntry(changed), entry.hash);
  }
  const [one, , three] = chain();
  assert(one !== undefined && three !== undefined);
  assert.equal(verify([one, three]), 'expected entry 2, found 3');
  assert.equal(verify([one, { ...three, number: 2 }]), 'entry 2 does not follow the entry before it');
});
