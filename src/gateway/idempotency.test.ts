import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { entryBody } from '@credit-ledger/contract/entries.ts';
import { transferBody } from '@credit-ledger/contract/transfers.ts';
import { canonicalItem, fingerprintRequest, readIdempotencyKey } from './idempotency.ts';
import { RequestError } from './request-error.ts';

const keys: readonly (readonly [
  header: string | undefined,
  inBody: string | null | undefined,
  key: string | undefined,
])[] = [
  [undefined, undefined, undefined],
  [undefined, null, undefined],
  [undefined, 'body', 'body'],
  ['bare', undefined, 'bare'],
  ['"quoted"', undefined, 'quoted'],
  ['"quoted"', 'quoted', 'quoted'],
  [String.raw`"a\"b\\c"`, undefined, String.raw`a"b\c`],
  ['a"b', undefined, 'a"b'],
];

describe('the key of a request', () => {
  for (const [header, inBody, key] of keys) {
    test(`is ${key} from ${header} and ${inBody}`, () =>
      assert.equal(readIdempotencyKey(header, inBody), key));
  }

  const wrong = [
    '',
    '""',
    '"open',
    '"a" ',
    ' ',
    'a b',
    'a,b c',
    '"a", "b"',
    'é',
    'a'.repeat(256),
    `"${'a'.repeat(256)}"`,
  ];
  for (const header of wrong) {
    test(`is refused: ${header.slice(0, 20)}`, () => {
      assert.throws(() => readIdempotencyKey(header, undefined), isError('idempotency_key_invalid'));
    });
  }

  test('is refused where header and body differ', () => {
    assert.throws(() => readIdempotencyKey('a', 'b'), isError('invalid_request'));
  });
});

const isError = (code: string) => (error: unknown) =>
  error instanceof RequestError && error.code === code;

const identity = { method: 'POST', path: '/v1/transfers', ifMatch: undefined, prefer: '' };
const transfer = {
  from: '0190f3a0-7c1e-7d00-8000-00000000000a',
  to: '0190f3a0-7c1e-7d00-8000-00000000000b',
  amount_minor: 1234,
  currency: 'USD',
};
const fingerprintOf = (body: object) => fingerprintRequest(identity, transferBody.parse(body));
const base = fingerprintOf(transfer);

const line = (account_id: string) => ({ account_id, side: 'DEBIT', amount_minor: 1 });
const entry = (...accounts: string[]) =>
  fingerprintRequest(identity, entryBody.parse({ lines: accounts.map(line) }));

describe('a fingerprint', () => {
  test('has the shape of a UUID', () =>
    assert.match(base, /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/));

  const same: readonly (readonly [what: string, body: object])[] = [
    ['in another order', Object.fromEntries(Object.entries(transfer).toReversed())],
    ['with nulls', { ...transfer, description: null, metadata: null, require: null }],
    ['with an idempotencyKey', { ...transfer, idempotencyKey: 'k' }],
    ['with ids in upper case', { ...transfer, from: transfer.from.toUpperCase() }],
    ['with the amount as text', { ...transfer, amount_minor: '1234' }],
  ];
  for (const [what, body] of same) {
    test(`is the same ${what}`, () => assert.equal(fingerprintOf(body), base));
  }

  test('is the same for one moment in two time zones, one metadata in two orders, and nulls inside', () => {
    const one = {
      effective_at: '2025-01-01T00:00:00Z',
      metadata: { a: 1, b: null },
      require: { from: { version: 1 } },
    };
    const two = { effective_at: '2025-01-01T01:00:00+01:00', metadata: { b: null, a: 1 } };
    const condition = { require: { to: null, from: { version: 1, available_min_minor: null } } };
    assert.equal(
      fingerprintOf({ ...transfer, ...one }),
      fingerprintOf({ ...transfer, ...two, ...condition }),
    );
  });

  test('is the same for a batch whose items are canonical text already', () => {
    const items = [transfer, { ...transfer, description: 'Zoë', metadata: { b: 1, a: [null] } }];
    const transfers = items.map((item) => transferBody.parse(item));
    assert.equal(
      fingerprintRequest(identity, { mode: 'atomic', transfers: transfers.map(canonicalItem) }),
      fingerprintRequest(identity, { mode: 'atomic', transfers }),
    );
  });

  const different: readonly (readonly [what: string, body: object])[] = [
    ['amount', { ...transfer, amount_minor: 1235 }],
    ['text', { ...transfer, description: '' }],
    ['metadata', { ...transfer, metadata: {} }],
    ['hold', { ...transfer, hold: false }],
    ['account', { ...transfer, from: 'ext:a' }],
  ];
  for (const [what, body] of different) {
    test(`differs with another ${what}`, () => assert.notEqual(fingerprintOf(body), base));
  }

  const otherIdentities = [
    { ...identity, method: 'PUT' },
    { ...identity, path: '/v1/transfers/x' },
    { ...identity, ifMatch: '"1"' },
    { ...identity, prefer: 'amounts=string' },
  ];
  for (const other of otherIdentities) {
    test(`differs for ${JSON.stringify(other)}`, () => {
      assert.notEqual(fingerprintRequest(other, transferBody.parse(transfer)), base);
    });
  }

  test('counts nulls in PATCH, where they clear', () => {
    const patch = { ...identity, method: 'PATCH' };
    assert.notEqual(fingerprintRequest(patch, { name: null }), fingerprintRequest(patch, {}));
  });

  test('tells lines of an entry apart by their order', () => {
    assert.notEqual(entry('ext:a', 'ext:b'), entry('ext:b', 'ext:a'));
  });
});
