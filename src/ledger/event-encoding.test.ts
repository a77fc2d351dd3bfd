import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  create,
  fromBinary,
  toBinary,
  type DescMessage,
  type MessageInitShape,
} from '@bufbuild/protobuf';
import * as pb from '@credit-ledger/contract/gen/ledger/v1/events_pb.ts';
import { encodeEvent } from './event-encoding.ts';
import type { LedgerEvent, NewEvent } from './events.ts';
import type { Account, Entry, Transfer } from './state.ts';

const least = -(2n ** 63n);
const most = 2n ** 63n - 1n;
const time = 1_760_000_000_123;
const long =
  'é€😀 a text that is longer than the loop over single characters goes, with signs beyond ASCII';
const trace = { traceparent: undefined, correlationId: undefined };
const id = (n: number): string => `01990000-0000-7000-8000-${String(n).padStart(12, '0')}`;

const fullAccount: Account = {
  settings: {
    id: id(1),
    ledger: 'other',
    externalId: 'customer-é',
    type: 'ASSET',
    normalSide: 'DEBIT',
    currency: 'POINTS',
    external: false,
    name: long,
    status: 'SUSPENDED',
    creditLimit: 0n,
    schedule: [
      { from: time, limit: 0n },
      { from: time + 1, limit: null },
      { from: -1, limit: most },
    ],
    metadata: `{"note":"${'x'.repeat(20_000)}"}`,
    revision: 3,
    createdAt: -62_135_596_800_000,
    createdPosition: 7,
  },
  debits: 0n,
  credits: most,
  held: 1n,
  incoming: most,
  version: 4_294_967_296,
  updatedAt: time,
  position: 9,
};
const bareAccount: Account = {
  ...fullAccount,
  settings: {
    ...fullAccount.settings,
    externalId: null,
    name: null,
    creditLimit: null,
    schedule: [],
    metadata: '{}',
  },
  credits: 0n,
  held: 0n,
  incoming: 0n,
  version: 1,
};

function stateOf(account: Account): MessageInitShape<typeof pb.AccountStateSchema> {
  return {
    accountId: account.settings.id,
    currency: account.settings.currency,
    balanceMinor: account.debits - account.credits,
    heldMinor: account.held,
    incomingMinor: account.incoming,
    debitsMinor: account.debits,
    creditsMinor: account.credits,
    version: BigInt(account.version),
  };
}

function messageOf(account: Account): MessageInitShape<typeof pb.AccountSchema> {
  const { settings } = account;
  return {
    accountId: settings.id,
    ledger: settings.ledger,
    externalId: settings.externalId ?? '',
    name: settings.name ?? '',
    type: settings.type,
    currency: settings.currency,
    normalSide: pb.Side.DEBIT,
    status: settings.status,
    ...(settings.creditLimit === null ? {} : { creditLimitMinor: settings.creditLimit }),
    creditLimitSchedule: settings.schedule.map(({ from, limit }) => ({
      fromUnixMs: BigInt(from),
      ...(limit === null ? {} : { limitMinor: limit }),
    })),
    metadataJson: settings.metadata,
    revision: BigInt(settings.revision),
    createdUnixMs: BigInt(settings.createdAt),
    state: stateOf(account),
  };
}

const fullEntry: Entry = {
  id: id(2),
  ledger: 'main',
  number: 2 ** 53 - 1,
  position: 12,
  transferId: id(3),
  batchId: 'batch "1"',
  reverses: id(4),
  forced: true,
  description: long,
  metadata: '{"a":1}',
  postedAt: time,
  effectiveAt: -1,
  previousHash: '0'.repeat(64),
  hash: '00ff7f80'.repeat(8),
  lines: [
    {
      account: id(1),
      side: 'DEBIT',
      amount: most,
      currency: 'POINTS',
      balanceAfter: least,
      debitsAfter: 1n,
      heldAfter: 2n,
      incomingAfter: 3n,
      version: 128,
    },
    {
      account: id(5),
      side: 'CREDIT',
      amount: 1n,
      currency: 'POINTS',
      balanceAfter: 0n,
      debitsAfter: 0n,
      heldAfter: 0n,
      incomingAfter: 0n,
      version: 2,
    },
  ],
};
const bareEntry: Entry = {
  ...fullEntry,
  transferId: null,
  batchId: null,
  reverses: null,
  forced: false,
  description: null,
  metadata: '{}',
  effectiveAt: 0,
  number: 1,
  lines: [],
};

function entryMessage(
  entry: Entry,
  accounts: readonly Account[],
): MessageInitShape<typeof pb.EntryPostedSchema> {
  return {
    entryId: entry.id,
    batchId: entry.batchId ?? '',
    lines: entry.lines.map((line) => ({
      accountId: line.account,
      amount: { units: line.amount, currency: line.currency },
      side: line.side === 'DEBIT' ? pb.Side.DEBIT : pb.Side.CREDIT,
      balanceAfterMinor: line.balanceAfter,
      version: BigInt(line.version),
    })),
    tsUnixMs: BigInt(entry.postedAt),
    ledger: entry.ledger,
    entryNumber: BigInt(entry.number),
    transferId: entry.transferId ?? '',
    effectiveUnixMs: BigInt(entry.effectiveAt),
    description: entry.description ?? '',
    metadataJson: entry.metadata,
    reversesEntryId: entry.reverses ?? '',
    forced: entry.forced,
    hash: Uint8Array.from(Buffer.from(entry.hash, 'hex')),
    accounts: accounts.map(stateOf),
  };
}

const fullTransfer: Transfer = {
  id: id(3),
  ledger: 'main',
  externalId: 'order-1',
  from: id(1),
  to: id(5),
  amount: 2n ** 32n,
  currency: 'USD',
  status: 'FAILED',
  createdAs: 'FAILED',
  held: 127n,
  settled: 128n,
  reversed: most,
  reverses: id(6),
  endedBy: 'SETTLED',
  entryId: id(2),
  entryNumber: 2 ** 32,
  failure: { code: 'insufficient_funds', status: 422, detail: long, facts: {} },
  description: '\u0000\u007f\u0080',
  metadata: '{"b":"ü"}',
  fingerprint: null,
  effectiveAt: 1,
  executeAt: time + 3,
  expiresAt: time + 2,
  createdAt: time,
  completedAt: time + 1,
  createdPosition: 1,
  position: 2,
  deferred: null,
};
const bareTransfer: Transfer = {
  ...fullTransfer,
  externalId: null,
  from: null,
  to: null,
  held: 0n,
  settled: 0n,
  reversed: 0n,
  reverses: null,
  entryId: null,
  entryNumber: null,
  failure: null,
  description: null,
  metadata: '{}',
  executeAt: null,
  expiresAt: null,
  completedAt: null,
};

function transferMessage(transfer: Transfer): MessageInitShape<typeof pb.TransferSchema> {
  return {
    transferId: transfer.id,
    ledger: transfer.ledger,
    externalId: transfer.externalId ?? '',
    from: transfer.from ?? '',
    to: transfer.to ?? '',
    amount: { units: transfer.amount, currency: transfer.currency },
    status: transfer.status,
    heldMinor: transfer.held,
    settledMinor: transfer.settled,
    reversedMinor: transfer.reversed,
    reversesTransferId: transfer.reverses ?? '',
    entryId: transfer.entryId ?? '',
    entryNumber: BigInt(transfer.entryNumber ?? 0),
    ...(transfer.failure === null
      ? {}
      : { failure: { code: transfer.failure.code, detail: transfer.failure.detail } }),
    description: transfer.description ?? '',
    metadataJson: transfer.metadata,
    effectiveUnixMs: BigInt(transfer.effectiveAt),
    expiresUnixMs: BigInt(transfer.expiresAt ?? 0),
    createdUnixMs: BigInt(transfer.createdAt),
    completedUnixMs: BigInt(transfer.completedAt ?? 0),
    executeUnixMs: BigInt(transfer.executeAt ?? 0),
  };
}

/** The event's bytes are those of the generated code for the same message, which reads them back as it. */
function assertEncodes<Desc extends DescMessage>(
  event: NewEvent,
  schema: Desc,
  init: MessageInitShape<Desc>,
): void {
  const numbered: LedgerEvent = { ...event, position: 1, time };
  const expected = create(schema, init);
  const bytes = Uint8Array.from(encodeEvent(numbered));
  assert.deepEqual(fromBinary(schema, bytes), expected);
  assert.deepEqual(bytes, toBinary(schema, expected));
}

const ts = { tsUnixMs: BigInt(time) };

for (const [what, account] of [
  ['all fields', fullAccount],
  ['no optional field', bareAccount],
] as const) {
  const about = { accountId: account.settings.id, account: messageOf(account), ...ts };
  test(`AccountCreated with ${what} is what the generated code writes`, () => {
    const message = { ...about, currency: account.settings.currency };
    assertEncodes({ type: 'AccountCreated', account, trace }, pb.AccountCreatedSchema, message);
  });
  test(`AccountUpdated with ${what} is what the generated code writes`, () => {
    assertEncodes({ type: 'AccountUpdated', account, trace }, pb.AccountUpdatedSchema, about);
  });
}

test('EntryPosted with all fields is what the generated code writes', () => {
  const accounts = [fullAccount, bareAccount];
  const event: NewEvent = { type: 'EntryPosted', entry: fullEntry, accounts, trace };
  assertEncodes(event, pb.EntryPostedSchema, entryMessage(fullEntry, accounts));
});

test('EntryPosted with no optional field is what the generated code writes', () => {
  const event: NewEvent = { type: 'EntryPosted', entry: bareEntry, accounts: [], trace };
  assertEncodes(event, pb.EntryPostedSchema, entryMessage(bareEntry, []));
});

const withAccounts = [
  ['TransferHeld', pb.TransferHeldSchema],
  ['TransferSettled', pb.TransferSettledSchema],
  ['TransferVoided', pb.TransferVoidedSchema],
  ['TransferExpired', pb.TransferExpiredSchema],
] as const;
const withoutAccounts = [
  ['TransferCompleted', pb.TransferCompletedSchema],
  ['TransferFailed', pb.TransferFailedSchema],
  ['TransferReversed', pb.TransferReversedSchema],
  ['TransferScheduled', pb.TransferScheduledSchema],
  ['TransferCancelled', pb.TransferCancelledSchema],
] as const;

for (const [what, transfer] of [
  ['all fields', fullTransfer],
  ['no optional field', bareTransfer],
] as const) {
  const message = { transfer: transferMessage(transfer), ...ts };
  for (const [type, schema] of withAccounts) {
    test(`${type} with ${what} is what the generated code writes`, () => {
      const accounts = transfer === fullTransfer ? [fullAccount, bareAccount] : [];
      assertEncodes({ type, transfer, accounts, trace }, schema, {
        ...message,
        accounts: accounts.map(stateOf),
      });
    });
  }
  for (const [type, schema] of withoutAccounts) {
    test(`${type} with ${what} is what the generated code writes`, () => {
      assertEncodes({ type, transfer, accounts: [], trace }, schema, message);
    });
  }
}

for (const [what, transfer, key] of [
  ['all fields', fullTransfer, 'demo-1'],
  ['no optional field', bareTransfer, undefined],
] as const) {
  test(`TransferInitiated with ${what} is what the generated code writes`, () => {
    assertEncodes({ type: 'TransferInitiated', transfer, key, trace }, pb.TransferInitiatedSchema, {
      transferId: transfer.id,
      from: transfer.from ?? '',
      to: transfer.to ?? '',
      amount: { units: transfer.amount, currency: transfer.currency },
      idemKey: key ?? '',
      ts: BigInt(time),
      transfer: transferMessage(transfer),
    });
  });
}

test('integers of every length are what the generated code writes', () => {
  for (let bits = 0n; bits < 63n; bits += 1n) {
    for (const amount of [2n ** bits, 2n ** bits - 1n, -(2n ** bits)]) {
      const transfer = { ...bareTransfer, amount };
      const message = { transfer: transferMessage(transfer), ...ts };
      assertEncodes(
        { type: 'TransferFailed', transfer, accounts: [], trace },
        pb.TransferFailedSchema,
        message,
      );
    }
  }
});

test('texts around every length of their length are what the generated code writes', () => {
  for (const length of [1, 63, 64, 65, 127, 128, 129, 16_383, 16_384, 70_000]) {
    for (const letter of ['a', 'é', '€']) {
      const transfer = { ...bareTransfer, description: letter.repeat(length) };
      const message = { transfer: transferMessage(transfer), ...ts };
      assertEncodes(
        { type: 'TransferFailed', transfer, accounts: [], trace },
        pb.TransferFailedSchema,
        message,
      );
    }
  }
});

test('LedgerSealed is what the generated code writes', () => {
  const seal = {
    id: id(9),
    tree: 'journal/main',
    size: 605,
    root: 'ab'.repeat(32),
    signature: 'cd'.repeat(64),
    keyId: '5b269386',
    sealedAt: time,
    checkpoint: 'origin\n605\n',
  };
  assertEncodes({ type: 'LedgerSealed', ledger: 'main', seal, trace }, pb.LedgerSealedSchema, {
    ledger: 'main',
    treeSize: 605n,
    rootHash: new Uint8Array(Buffer.from(seal.root, 'hex')),
    signature: new Uint8Array(Buffer.from(seal.signature, 'hex')),
    keyId: '5b269386',
    tsUnixMs: BigInt(time),
    tree: 'journal/main',
    checkpoint: seal.checkpoint,
  });
});

test('DriftFound is what the generated code writes, with what is absent left out', () => {
  const drift = {
    id: id(9),
    run: id(10),
    source: 'balances',
    position: 44,
    drifted: 2,
    differences: [
      { subject: id(1), field: 'credits_minor', expected: '120', actual: '127' },
      { subject: id(2), field: 'account', expected: undefined, actual: '' },
    ],
  };
  assertEncodes({ type: 'DriftFound', ledger: 'main', drift, trace }, pb.DriftFoundSchema, {
    ledger: 'main',
    runId: id(10),
    source: 'balances',
    position: 44n,
    drifted: 2n,
    differences: [
      { subject: id(1), field: 'credits_minor', expected: '120', actual: '127' },
      { subject: id(2), field: 'account', actual: '' },
    ],
    tsUnixMs: BigInt(time),
  });
});
