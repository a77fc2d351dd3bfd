import * as fc from 'fast-check';
import type { BatchOp, LineOp, Op, OpenOp, Require, TransferOp } from './operations.ts';

/** An operation with numbers for references, so that it shrinks; `resolve` looks them up in what was made. */
export interface Drawn {
  readonly ledger: string;
  readonly key: number | undefined;
  /** Sends an operation before once more. */
  readonly again: number | undefined;
  readonly seconds: number;
  readonly op: DrawnOp;
}

/** What a run has made so far, for operations to be about. */
export interface Made {
  readonly transfers: readonly string[];
  /** Those of them that were placed as holds, ended or not. */
  readonly holds: readonly string[];
  /** Those of them that were accepted to be run later, whatever became of them. */
  readonly deferred: readonly string[];
  readonly entries: readonly string[];
}

const accountPool = 8;
const nobody = '00000000-0000-4000-8000-00000000dead';

export function accountId(slot: number): string {
  return `00000000-0000-4000-8000-${String(slot).padStart(12, '0')}`;
}

const accountName = fc.oneof(
  { weight: 20, arbitrary: fc.nat(5).map(accountId) },
  { weight: 2, arbitrary: fc.constantFrom(accountId(6), accountId(7), nobody, 'outside main USD') },
);
const amount = fc.oneof(
  { weight: 12, arbitrary: fc.bigInt(1n, 20n) },
  { weight: 1, arbitrary: fc.constantFrom(2n ** 63n - 1n, 2n ** 62n) },
);
const currency = fc.oneof(
  { weight: 14, arbitrary: fc.constant('USD') },
  { weight: 1, arbitrary: fc.constantFrom('EUR', 'PTS', 'XTS') },
);
const limit = fc.option(fc.bigInt(0n, 40n), { freq: 2 });
const id = fc.nat(9).map((n) => `11111111-0000-4000-8000-00000000000${n}`);
const external = fc.nat(3).map((n) => `e${n}`);
const effective = fc.constantFrom(-86_400_000, -1, 0, 86_400, 86_401);
const key = fc.nat(5).map((n) => `k${n}`);
/** One in so many has it. */
const maybe = <T>(arbitrary: fc.Arbitrary<T>, oneIn = 4): fc.Arbitrary<T | undefined> =>
  fc.oneof({ weight: oneIn - 1, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary });

const require: fc.Arbitrary<Require | undefined> = maybe(
  fc.record({
    min: maybe(fc.bigInt(-5n, 20n), 2),
    max: maybe(fc.bigInt(-5n, 60n), 2),
    version: maybe(fc.integer({ min: 1, max: 6 }), 4),
  }),
  15,
);

const transfer = fc
  .record({
    from: accountName,
    to: accountName,
    amount,
    currency,
    id: maybe(id, 8),
    external: maybe(external, 12),
    effective: maybe(effective, 12),
    hold: maybe(fc.option(fc.integer({ min: -1, max: 60 }), { freq: 2 }), 3),
    execute: maybe(fc.integer({ min: -1, max: 15 }), 12),
    fromRequire: require,
    toRequire: require,
  })
  .map(({ fromRequire, toRequire, ...rest }): TransferOp => {
    return { kind: 'transfer', ...rest, require: { from: fromRequire, to: toRequire } };
  });

const open: fc.Arbitrary<OpenOp> = fc.record({
  kind: fc.constant('open' as const),
  id: fc.nat(accountPool + 2).map(accountId),
  currency: fc.constantFrom('USD', 'USD', 'EUR', 'PTS', 'XTS'),
  type: fc.constantFrom('ASSET' as const, 'LIABILITY' as const),
  limit,
  opening: fc.oneof(fc.constant(0n), amount),
  external: maybe(external),
});

const line: fc.Arbitrary<LineOp> = fc.record({
  account: accountName,
  side: fc.constantFrom('DEBIT' as const, 'CREDIT' as const),
  amount,
  require,
});

/** Lines that mostly balance: each with its counterpart. */
const lines = fc
  .tuple(fc.array(fc.tuple(line, accountName), { minLength: 1, maxLength: 3 }), maybe(line, 8))
  .map(([pairs, odd]) => {
    const balanced = pairs.flatMap(([one, account]): LineOp[] => [
      one,
      { account, side: one.side === 'DEBIT' ? 'CREDIT' : 'DEBIT', amount: one.amount },
    ]);
    return odd === undefined ? balanced : balanced.length > 4 ? [odd] : [...balanced, odd];
  });

const batch: fc.Arbitrary<BatchOp> = fc.record({
  kind: fc.constant('batch' as const),
  atomic: fc.boolean(),
  items: fc.array(fc.record({ op: transfer, key: maybe(key, 2) }), { minLength: 1, maxLength: 4 }),
});

const entry = fc.record({
  kind: fc.constant('entry' as const),
  lines,
  effective: maybe(effective, 12),
});
const place = fc.nat(1000);

const patch = fc.record({
  kind: fc.constant('patch' as const),
  account: accountName,
  name: maybe(fc.constantFrom('Ann', 'Bea'), 2),
  status: maybe(
    fc.constantFrom('ACTIVE' as const, 'ACTIVE' as const, 'SUSPENDED' as const, 'CLOSED' as const),
    3,
  ),
  limit: maybe(limit, 2),
  breach: fc.constantFrom(false, false, false, true),
  ifMatch: maybe(fc.integer({ min: 1, max: 3 }), 4),
  schedule: maybe(
    fc.uniqueArray(fc.record({ seconds: fc.integer({ min: 1, max: 40 }), limit }), {
      maxLength: 3,
      selector: (row) => row.seconds,
    }),
  ),
});
const outside = fc.record({
  kind: fc.constantFrom('deposit' as const, 'withdraw' as const),
  account: accountName,
  amount,
  currency: maybe(currency, 3),
});
const settle = fc.record({
  kind: fc.constant('settle' as const),
  place,
  amount: maybe(amount, 2),
  keep: fc.boolean(),
});
const reverse = fc.record({
  kind: fc.constant('reverse' as const),
  place,
  amount: maybe(amount, 2),
  force: fc.boolean(),
});
const later = fc.record({
  kind: fc.constantFrom(
    'cancel' as const,
    'run' as const,
    'run' as const,
    'giveUp' as const,
    'redrive' as const,
  ),
  place,
});
const rest = fc.oneof(
  fc.record({ kind: fc.constant('ledger' as const), name: fc.constantFrom('other', 'third'), limit }),
  fc.record({
    kind: fc.constant('patchLedger' as const),
    name: fc.constantFrom('main', 'other', 'none'),
    limit,
  }),
  fc.record({
    kind: fc.constant('currency' as const),
    code: fc.constantFrom('PTS', 'EUR'),
    scale: fc.constantFrom(0, 2),
  }),
);

const drawnOp = fc.oneof(
  { weight: 12, arbitrary: transfer },
  { weight: 3, arbitrary: transfer.map((of) => ({ kind: 'async' as const, of })) },
  { weight: 5, arbitrary: later },
  { weight: 3, arbitrary: outside },
  { weight: 3, arbitrary: open },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('openAll' as const),
      items: fc.array(open, { maxLength: 3 }),
    }),
  },
  { weight: 4, arbitrary: patch },
  { weight: 5, arbitrary: settle },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('void' as const), place }) },
  { weight: 5, arbitrary: reverse },
  { weight: 4, arbitrary: entry },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('reverseEntry' as const), place, force: fc.boolean() }),
  },
  { weight: 3, arbitrary: batch },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('preview' as const),
      of: fc.oneof(transfer, batch, entry),
    }),
  },
  { weight: 1, arbitrary: rest },
);
type DrawnOp = typeof drawnOp extends fc.Arbitrary<infer T> ? T : never;

export const drawn: fc.Arbitrary<Drawn> = fc.record({
  ledger: fc.oneof(
    { weight: 20, arbitrary: fc.constant('main') },
    { weight: 2, arbitrary: fc.constant('other') },
    { weight: 1, arbitrary: fc.constant('none') },
  ),
  key: maybe(fc.nat(19), 3),
  again: maybe(place, 10),
  seconds: fc.oneof(
    { weight: 4, arbitrary: fc.constant(0) },
    { weight: 1, arbitrary: fc.integer({ min: 1, max: 20 }) },
  ),
  op: drawnOp,
});

/** The operation with its references looked up. Recent ones are likelier: places count from the end. */
export function resolve(op: DrawnOp, made: Made): Op {
  const pick = (list: readonly string[], at: number): string =>
    at % 17 === 0 ? nobody : (list.at(-1 - (at % Math.max(1, Math.min(list.length, 8)))) ?? nobody);
  switch (op.kind) {
    case 'settle':
    case 'reverse':
    case 'void': {
      const { place: at, ...found } = op;
      const among = op.kind !== 'reverse' && at % 5 > 0 ? made.holds : made.transfers;
      return { ...found, transfer: pick(among, at) };
    }
    case 'cancel':
    case 'run':
    case 'giveUp':
    case 'redrive': {
      const among = op.place % 7 > 0 ? made.deferred : made.transfers;
      return { kind: op.kind, transfer: pick(among, op.place) };
    }
    case 'reverseEntry':
      return { kind: op.kind, entry: pick(made.entries, op.place), force: op.force };
    default:
      return op;
  }
}

/** What every run begins with: accounts of both sides, with limits and in debt, and a second ledger. */
export const prelude: readonly (readonly [ledger: string, op: Op])[] = [
  ['main', { kind: 'ledger', name: 'other', limit: 5n }],
  ...[0, 1, 2, 3, 4, 5].map((slot): readonly [string, Op] => {
    const type = slot % 3 === 2 ? ('ASSET' as const) : ('LIABILITY' as const);
    const opening = slot < 2 ? 30n : 0n;
    return [
      'main',
      { kind: 'open', id: accountId(slot), currency: 'USD', type, limit: slot < 4 ? 0n : null, opening },
    ];
  }),
  [
    'main',
    { kind: 'open', id: accountId(6), currency: 'EUR', type: 'LIABILITY', limit: null, opening: 5n },
  ],
  [
    'other',
    { kind: 'open', id: accountId(7), currency: 'USD', type: 'LIABILITY', limit: null, opening: 0n },
  ],
  ['main', { kind: 'transfer', from: accountId(4), to: accountId(3), amount: 25n, currency: 'USD' }],
];
