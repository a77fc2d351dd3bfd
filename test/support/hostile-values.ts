import type { Row } from './hostile-catalogue.ts';
import { most, pair, type World } from './hostile-world.ts';

const amount = '400 invalid_request /amount_minor';
const amounts =
  (...values: readonly unknown[]): Row['act'] =>
  (world) =>
    each(values, (value) => world.transfer({ amount_minor: value }));

/** Literals that no serializer writes. */
const literals =
  (...texts: readonly string[]): Row['act'] =>
  (world) =>
    each(texts, (text) => world.text(bodyWith(`"amount_minor":${text}`)));

function bodyWith(fields: string): string {
  return `{"from":"ext:a","to":"ext:b","currency":"USD",${fields}}`;
}

export async function each<T>(
  values: readonly T[],
  act: (value: T) => Promise<string>,
): Promise<string[]> {
  const answers: string[] = [];
  for (const value of values) answers.push(await act(value));
  return answers;
}

const entry = (lines: readonly (readonly [string, string, unknown])[]) => (world: World) =>
  world.say('POST', '/v1/entries', {
    body: {
      lines: lines.map(([name, side, value]) => ({
        account_id: `ext:${name}`,
        side,
        amount_minor: value,
      })),
    },
  });

const whole = JSON.stringify({ ...pair });

/** Amounts, entries, texts and JSON itself. */
export const moneyRows: readonly Row[] = [
  { of: 1, what: 'nothing at all', act: amounts(0), expect: amount },
  { of: 2, what: 'less than nothing', act: amounts(-1, '-1', '-0'), expect: amount },
  { of: 2, what: 'minus zero', act: literals('-0'), expect: amount },
  { of: 3, what: 'fractions', act: literals('1.5', '1.0', '"1.50"'), expect: amount },
  { of: 4, what: 'a number that JavaScript rounds', act: literals('9007199254740993'), expect: amount },
  {
    of: 5,
    what: 'the same as text is exact',
    act: async ({ call, freshKey }) => {
      const body = { ...pair, amount_minor: '9007199254740993' };
      const answer = await call('POST', '/v1/transfers', {
        body,
        headers: { 'idempotency-key': freshKey() },
      });
      return [String(answer.status), /"amount_minor":(\d+)/.exec(answer.text)?.[1] ?? ''];
    },
    expect: ['201', '9007199254740993'],
  },
  {
    of: 6,
    what: 'a sum beyond 64 bits',
    act: (w) => w.transfer({ to: 'ext:full', amount_minor: most }),
    expect: '422 amount_overflow',
  },
  {
    of: 7,
    what: 'beyond 64 bits',
    act: amounts('9223372036854775808', String(2n ** 128n), '9'.repeat(1000)),
    expect: amount,
  },
  { of: 8, what: 'exponents', act: literals('"1e3"', '1e3', '1e400'), expect: amount },
  { of: 9, what: 'numbers of PostgreSQL', act: amounts('NaN', 'Infinity', '-Infinity'), expect: amount },
  {
    of: 9,
    what: 'numbers of JavaScript',
    act: literals('NaN', 'Infinity'),
    expect: '400 malformed_json /amount_minor',
  },
  {
    of: 10,
    what: 'what BigInt would take',
    act: amounts('0x1F', ' 12 ', '', '１２', '1_000', '+5', '007'),
    expect: amount,
  },
  { of: 11, what: 'no number', act: amounts(null, true, [5], {}, undefined), expect: amount },
  {
    of: 12,
    what: 'many that overflow together',
    act: (w) => each([1, 2, 3], () => w.transfer({ to: 'ext:full', amount_minor: most })),
    expect: '422 amount_overflow',
  },
  {
    of: 13,
    what: 'an account and itself',
    act: (w) => w.transfer({ to: 'ext:a' }),
    expect: '422 accounts_must_differ',
  },
  {
    of: 14,
    what: 'an account twice in an entry',
    act: entry([
      ['a', 'DEBIT', 2],
      ['b', 'CREDIT', 1],
      ['b', 'CREDIT', 1],
    ]),
    expect: '201',
  },
  {
    of: 15,
    what: 'sides that differ',
    act: entry([
      ['a', 'DEBIT', 2],
      ['b', 'CREDIT', 1],
    ]),
    expect: '422 unbalanced_entry',
  },
  { of: 15, what: 'no lines', act: entry([]), expect: '422 too_few_lines' },
  { of: 15, what: 'one line', act: entry([['a', 'DEBIT', 1]]), expect: '422 too_few_lines' },
  {
    of: 15,
    what: '1,001 lines',
    act: entry(Array.from({ length: 1001 }, () => ['a', 'DEBIT', 1] as const)),
    expect: '400 invalid_request /lines',
  },
  {
    of: 16,
    what: 'no currency codes',
    act: (w) =>
      each(['usd', 'US', 'USDT ', '💶', 'U\u200dSD', ''], (currency) => w.transfer({ currency })),
    expect: '400 invalid_request /currency',
  },
  {
    of: 16,
    what: 'a currency nobody registered',
    act: (w) => w.transfer({ currency: 'QQQ' }),
    expect: '422 currency_unknown',
  },
  {
    of: 17,
    what: "another currency than the account's",
    act: (w) => w.transfer({ to: 'ext:euro' }),
    expect: '422 currency_mismatch',
  },
  {
    of: 20,
    what: 'no ids',
    act: (w) =>
      each(
        [
          '1',
          'nope',
          '{0190f3a0-7c1e-7d00-8000-00000000000a}',
          'urn:uuid:0190f3a0-7c1e-7d00-8000-00000000000a',
          '00000000-0000-0000-0000-000000000000',
          'ffffffff-ffff-ffff-ffff-ffffffffffff',
          '0190f3a0-7c1e-7d00-8000-00000000000a\n',
        ],
        (from) => w.transfer({ from }),
      ),
    expect: '400 invalid_request /from',
  },
  {
    of: 20,
    what: 'an id in capitals is the same',
    act: (w) => w.get(`/v1/transfers/${w.ids.moved.toUpperCase()}`),
    expect: '200',
  },
  {
    of: 22,
    what: 'SQL is text',
    act: (w) =>
      each(["'; drop table ledger.accounts; --", '$1', "\\'", '%_'], (description) =>
        w.transfer({ description, external_id: `${description}!` }),
      ),
    expect: '201',
  },
  {
    of: 22,
    what: 'SQL in a search',
    act: (w) =>
      each(["'; drop table ledger.accounts; --", '%_', '\\'], (q) =>
        w.get(`/v1/accounts?q=${encodeURIComponent(q)}`),
      ),
    expect: '200',
  },
  {
    of: 23,
    what: 'NUL in text',
    act: (w) => w.transfer({ description: 'a\u0000b' }),
    expect: '400 invalid_request /description',
  },
  {
    of: 23,
    what: 'NUL in metadata',
    act: (w) => each([{ 'a\u0000': 1 }, { a: '\u0000' }], (metadata) => w.transfer({ metadata })),
    expect: '400 invalid_request /metadata',
  },
  {
    of: 23,
    what: 'a raw NUL',
    act: (w) => w.text(bodyWith('"amount_minor":1,"description":"a\u0000b"')),
    expect: '400 malformed_json /description',
  },
  {
    of: 24,
    what: 'half a character',
    act: (w) => w.text(bodyWith('"amount_minor":1,"description":"\\ud800"')),
    expect: '400 invalid_request /description',
  },
  {
    of: 25,
    what: 'no UTF-8',
    act: (w) =>
      each([[0xff], [0xc0, 0xaf], [0xed, 0xa0, 0x80]], (bad) =>
        w.text(Buffer.concat([Buffer.from('{"description":"'), Buffer.from(bad), Buffer.from('"}')])),
      ),
    expect: '400 malformed_json',
  },
  {
    of: 26,
    what: 'UTF-16, or a byte order mark',
    act: (w) =>
      each([Buffer.from(whole, 'utf16le'), Buffer.from(`\ufeff${whole}`)], (bytes) => w.text(bytes)),
    expect: '400 malformed_json',
  },
  {
    of: 27,
    what: 'names of every kind are kept',
    act: (w) =>
      each(['é', 'e\u0301', '\u202eabc', 'a\u200bb', '👩‍👩‍👧'], async (name) => {
        const { json, status } = await w.call('POST', '/v1/accounts', {
          body: { currency: 'USD', name },
        });
        return `${status} ${String(json['name'] === name)}`;
      }),
    expect: '201 true',
  },
  {
    of: 28,
    what: 'a field twice',
    act: (w) => w.text(bodyWith('"amount_minor":1,"amount_minor":1000000')),
    expect: '400 malformed_json /amount_minor',
  },
  {
    of: 29,
    what: 'fields of every object',
    act: (w) =>
      each(['__proto__', 'constructor', 'prototype'], (name) =>
        w.text(bodyWith(`"amount_minor":1,"${name}":{"isAdmin":true}`)),
      ),
    expect: [
      '400 invalid_request /__proto__',
      '400 invalid_request /constructor',
      '400 invalid_request /prototype',
    ],
  },
  {
    of: 30,
    what: 'fields that are not asked for',
    act: (w) =>
      each(['isAdmin', 'balance', 'tenantId', 'ledger', 'status'], (name) =>
        w.transfer({ [name]: true }),
      ),
    expect: ['isAdmin', 'balance', 'tenantId', 'ledger', 'status'].map(
      (name) => `400 invalid_request /${name}`,
    ),
  },
  {
    of: 31,
    what: 'nested 200,000 deep',
    act: (w) => w.text(`${'['.repeat(200_000)}${']'.repeat(200_000)}`),
    expect: '400 malformed_json /0'.replace('/0', Array.from({ length: 32 }, () => '/0').join('')),
  },
  {
    of: 32,
    what: 'a byte more than 1 MiB',
    act: (w) => w.text(`${whole}${' '.repeat(1024 * 1024 + 1 - whole.length)}`),
    expect: '413 payload_too_large',
  },
  {
    of: 32,
    what: '100,000 transfers, and 90,000 fields',
    act: async (w) => [
      await w.say('POST', '/v1/transfers/batch', {
        body: `{"mode":"atomic","transfers":[${'{},'.repeat(99_999)}{}]}`,
      }),
      (await w.text(`{${Array.from({ length: 90_000 }, (_, i) => `"${i}":1`).join()}}`)).slice(0, 19),
    ],
    expect: ['400 invalid_request /transfers', '400 invalid_request'],
  },
  {
    of: 33,
    what: 'compressed bodies',
    act: (w) =>
      each(['gzip', 'deflate', 'br', 'foo'], (encoding) =>
        w.text(whole, { 'content-encoding': encoding }),
      ),
    expect: '415 unsupported_media_type',
  },
  {
    of: 38,
    what: 'bodies that are no JSON',
    act: (w) =>
      each(
        [
          'text/plain',
          'application/json; charset=utf-16',
          'multipart/form-data; boundary=x',
          'application/x-www-form-urlencoded',
          'application/jsonx',
        ],
        (type) => w.text(whole, { 'content-type': type }),
      ),
    expect: '415 unsupported_media_type',
  },
  {
    of: 41,
    what: 'JSON that is no object',
    act: (w) => each(['null', '[]', '"x"', '1'], (body) => w.text(body)),
    expect: '400 invalid_request',
  },
  {
    of: 41,
    what: 'no JSON',
    act: (w) =>
      each([`${whole}${whole}`, '{"a":1,}', '{/**/}', '{"amount_minor":01}'], (body) => w.text(body)),
    expect: [
      '400 malformed_json',
      '400 malformed_json /a',
      '400 malformed_json',
      '400 malformed_json /amount_minor',
    ],
  },
  {
    of: 49,
    what: 'no times',
    act: (w) =>
      each(
        [
          '2025-02-30T00:00:00Z',
          '2025-01-01T24:00:00Z',
          '2025-01-01T00:00:00+25:00',
          '0000-01-01T00:00:00Z',
          '+010000-01-01T00:00:00Z',
          '294277-01-01T00:00:00Z',
          'infinity',
          '1735689600',
          1735689600,
          '2025-01-01T00:00:00',
          '2025-01-01T00:00:60Z',
          'yesterday',
        ],
        (time) => w.transfer({ effective_at: time }),
      ),
    expect: '400 invalid_request /effective_at',
  },
  {
    of: 51,
    what: 'a year ahead',
    act: (w) => w.transfer({ effective_at: new Date(Date.now() + 366 * 86_400_000).toISOString() }),
    expect: '422 effective_at_too_far',
  },
  {
    of: 64,
    what: 'metadata beyond its measure',
    act: (w) =>
      each(
        [
          Object.fromEntries(Array.from({ length: 51 }, (_, i) => [`k${i}`, 1])),
          { a: 'x'.repeat(17_000) },
        ],
        (metadata) => w.transfer({ metadata }),
      ),
    expect: '400 invalid_request /metadata',
  },
  {
    of: 64,
    what: 'a number in metadata that JavaScript rounds',
    act: (w) => w.text(bodyWith('"amount_minor":1,"metadata":{"n":9007199254740993}')),
    expect: '400 invalid_request /metadata',
  },
  {
    of: 64,
    what: 'metadata of every kind is kept',
    act: (w) =>
      each([{ 'a.b': 1, $c: 2, '': 3 }, { html: '</script>' }, { csv: '=cmd()' }], (metadata) =>
        w.transfer({ metadata }),
      ),
    expect: '201',
  },
  {
    of: 78,
    what: 'null and absent mean the same',
    act: async (w) => {
      const headers = { 'idempotency-key': w.freshKey() };
      return each([{}, { description: null, metadata: null, external_id: null, hold: null }], (more) =>
        w.say('POST', '/v1/transfers', { body: { ...pair, ...more }, headers }),
      );
    },
    expect: '201',
  },
  {
    of: 78,
    what: 'all that may be said at once',
    act: (w) => {
      const expires_at = new Date(Date.now() + 86_400_000).toISOString();
      const more = { hold: { expires_at }, description: 'd', metadata: { a: 1 } };
      return w.transfer({ ...more, external_id: w.freshKey(), effective_at: '2026-01-01T00:00:00Z' });
    },
    expect: '201',
  },
  {
    of: 79,
    what: 'other types than said',
    act: async (w) => [
      await w.transfer({ description: 5 }),
      await w.transfer({ hold: 'true' }),
      await w.transfer({ metadata: 'x' }),
      await w.transfer({ currency: 840 }),
      await w.say('POST', '/v1/currencies', { body: { code: 'PTS', scale: '0' } }),
    ],
    expect: [
      '400 invalid_request /description',
      '400 invalid_request /hold',
      '400 invalid_request /metadata',
      '400 invalid_request /currency',
      '400 invalid_request /scale',
    ],
  },
  {
    of: 80,
    what: '50 MB of white space',
    act: (w) => w.text(' '.repeat(50_000_000)).catch(() => '413 payload_too_large'),
    expect: '413 payload_too_large',
  },
  {
    of: 80,
    what: 'text without an end',
    act: (w) => w.text(`{"description":"${'x'.repeat(900_000)}`),
    expect: '400 malformed_json /description',
  },
];
