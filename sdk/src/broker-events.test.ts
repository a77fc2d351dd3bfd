import assert from 'node:assert/strict';
import { test } from 'node:test';
import { create, toBinary } from '@bufbuild/protobuf';
import { decodeBrokerEvent } from './broker-events.ts';
import { TransferVoidedSchema } from './gen/ledger/v1/events_pb.ts';

const payload = toBinary(
  TransferVoidedSchema,
  create(TransferVoidedSchema, { transfer: { transferId: 't', heldMinor: 2n ** 62n }, tsUnixMs: 5n }),
);
const headers = {
  ce_sequence: '00000000000000000017',
  event_name: 'TransferVoided',
  event_id: 'e',
  ce_source: '/ledgers/main',
  ce_subject: 'transfer/t',
  ce_time: '2026-03-01T00:00:00.000Z',
  schema: 'ledger.v1.TransferVoided',
};

test('a message of a broker is an event with exact amounts, whatever its client makes of headers', () => {
  const bytes = Object.entries(headers).map(([name, value]): [Uint8Array, Uint8Array] => [
    Buffer.from(name),
    Buffer.from(value),
  ]);
  for (const form of [headers, new Map(Object.entries(headers)), new Map(bytes)]) {
    const event = decodeBrokerEvent(form, payload);
    assert.ok(event.kind === 'event' && event.type === 'TransferVoided');
    assert.equal(event.payload.transfer?.heldMinor, 2n ** 62n);
    assert.deepEqual([event.position, event.ledger, event.key], [17, 'main', 't']);
    assert.equal(event.recordedAt.toISOString(), '2026-03-01T00:00:00.000Z');
  }
});

test('watermarks and events of a later version are told apart, and foreign messages refused', () => {
  const mark = { event_name: 'Watermark', ce_sequence: '00000000000000000009' };
  assert.deepEqual(decodeBrokerEvent(mark, new Uint8Array()), { kind: 'watermark', position: 9 });
  const later = decodeBrokerEvent({ ...headers, event_name: 'AccountMerged' }, payload);
  assert.deepEqual([later.kind, later.position], ['unknown', 17]);
  assert.throws(() => decodeBrokerEvent({ event_name: 'x' }, payload), /ce_sequence is missing/);
});
