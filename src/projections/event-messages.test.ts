import assert from 'node:assert/strict';
import { test } from 'node:test';
import { create, toBinary } from '@bufbuild/protobuf';
import {
  EntryPostedSchema,
  TransferHeldSchema,
  TransferInitiatedSchema,
} from '@credit-ledger/contract/gen/ledger/v1/events_pb.ts';
import fc from 'fast-check';
import { readEntry, readTransferEvent } from './event-messages.ts';
import { MalformedMessage, ProtobufReader } from './protobuf-reader.ts';

const plain = { noNullPrototype: true } as const;
const int64 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
const text = fc.string({ unit: 'binary', maxLength: 60 });
const money = fc.record({ units: int64, currency: text }, plain);
const state = fc.record(
  {
    accountId: text,
    currency: text,
    balanceMinor: int64,
    heldMinor: int64,
    incomingMinor: int64,
    debitsMinor: int64,
    creditsMinor: int64,
    version: int64,
  },
  plain,
);
const line = fc.record(
  {
    accountId: text,
    amount: money,
    side: fc.constantFrom(0 as const, 1 as const, 2 as const),
    balanceAfterMinor: int64,
    version: int64,
  },
  plain,
);
const entry = fc.record(
  {
    entryId: text,
    ledger: text,
    transferId: text,
    description: text,
    metadataJson: text,
    tsUnixMs: int64,
    entryNumber: int64,
    effectiveUnixMs: int64,
    lines: fc.array(line, { maxLength: 4 }),
    accounts: fc.array(state, { maxLength: 4 }),
  },
  plain,
);
const transfer = fc.record(
  {
    transferId: text,
    ledger: text,
    externalId: text,
    from: text,
    to: text,
    amount: money,
    status: text,
    metadataJson: text,
    effectiveUnixMs: int64,
    createdUnixMs: int64,
  },
  plain,
);
/** Fields that projections do not take. */
const others = fc.record(
  {
    batchId: text,
    reversesEntryId: text,
    forced: fc.boolean(),
    hash: fc.uint8Array(),
  },
  plain,
);

test('an entry is read as the generated code wrote it, and what is not taken is passed over', () => {
  fc.assert(
    fc.property(entry, others, (taken, passed) => {
      const message = create(EntryPostedSchema, { ...passed, ...taken });
      assert.deepEqual(readEntry(toBinary(EntryPostedSchema, message)), taken);
    }),
  );
});

test('a transfer is read as the generated code wrote it, wherever its event has it', () => {
  fc.assert(
    fc.property(transfer, fc.array(state, { maxLength: 3 }), int64, (taken, accounts, time) => {
      const rest = { heldMinor: time, failure: { code: 'x', detail: 'y' }, executeUnixMs: 5n };
      const held = create(TransferHeldSchema, {
        transfer: { ...rest, ...taken },
        accounts,
        tsUnixMs: time,
      });
      const bytes = toBinary(TransferHeldSchema, held);
      assert.deepEqual(readTransferEvent(bytes, { transfer: 1, accounts: 3 }), {
        transfer: taken,
        accounts,
      });
      const initiated = create(TransferInitiatedSchema, {
        transfer: taken,
        from: 'a',
        amount: { units: 5n },
      });
      const read = readTransferEvent(toBinary(TransferInitiatedSchema, initiated), {
        transfer: 7,
        accounts: 0,
      });
      assert.deepEqual(read, { transfer: taken, accounts: [] });
    }),
  );
});

test('bytes that were cut, changed or made up are refused or read, and nothing else', () => {
  const reads = (bytes: Uint8Array) => {
    try {
      readEntry(bytes);
    } catch (error) {
      assert.ok(error instanceof MalformedMessage, String(error));
    }
  };
  fc.assert(fc.property(fc.uint8Array({ maxLength: 80 }), reads));
  fc.assert(
    fc.property(entry, fc.nat(), fc.nat(255), (taken, where, byte) => {
      const bytes = toBinary(EntryPostedSchema, create(EntryPostedSchema, taken));
      reads(bytes.subarray(0, where % (bytes.length + 1)));
      const changed = bytes.slice();
      changed[where % Math.max(1, bytes.length)] = byte;
      reads(changed);
    }),
  );
});

test('a field that is longer than its message is refused, also where more bytes follow', () => {
  const bytes = Buffer.from('0a0548', 'hex');
  assert.throws(() => readEntry(bytes), /longer than its message/);
  const inner = Buffer.from('1a040a05484148410a0161', 'hex');
  assert.throws(() => readEntry(inner), /longer than its message/);
});

test('numbers, and fields of every fixed length, end where they should', () => {
  const reader = new ProtobufReader();
  reader.begin(Buffer.from('08ffffffffffffffffff0111010203040506070825010203041096011800', 'hex'));
  assert.equal(reader.next(), 1);
  assert.equal(reader.integer(), -1n);
  assert.equal(reader.next(), 2);
  reader.skip();
  assert.equal(reader.next(), 4);
  reader.skip();
  assert.equal(reader.next(), 2);
  assert.throws(() => reader.text(), /another type/);
  assert.equal(reader.integer(), 150n);
  assert.equal(reader.next(), 3);
  assert.equal(reader.integer(), 0n);
  assert.equal(reader.next(), 0);
  reader.begin(Buffer.from('08ffffffffffffffffffff01', 'hex'));
  assert.equal(reader.next(), 1);
  assert.throws(() => reader.integer(), /more than 64 bits/);
});
