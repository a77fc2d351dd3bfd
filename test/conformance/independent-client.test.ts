// What somebody else's programs make of the topics: kcat reads keys, headers and bytes, protoc decodes the payload
// with the published .proto. No code of ours reads anything here.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { sendAll } from '../support/transport-conformance.ts';
import { readEvents } from '../../src/ledger/event-log.ts';
import { createDatabase } from '../support/databases.ts';
import { useKafka } from '../support/kafka.ts';
import { openAccount, startLedger, submit, transferOf } from '../support/ledger.ts';

const kafka = useKafka();
const protos = join(import.meta.dirname, '..', '..', 'contract', 'proto');

function run(command: string, args: readonly string[], input?: Uint8Array): Buffer {
  const { status, stdout, stderr } = spawnSync(command, args, { input });
  assert.equal(status, 0, stderr.toString());
  return stdout;
}

interface TopicRecord {
  readonly key: string;
  readonly partition: number;
  readonly headers: string;
  readonly value: Buffer;
}

/** Every record of a topic that is an event, as kcat prints it. */
function readTopic(topic: string): TopicRecord[] {
  const format = '%p\u001f%k\u001f%h\u001f%S\u001f%s';
  const args = ['-b', kafka.broker().url, '-C', '-q', '-e', '-t', topic, '-f', format];
  const printed = run('kcat', args);
  const records: TopicRecord[] = [];
  for (let start = 0; start < printed.length;) {
    const { record, end } = readRecord(printed, start);
    if (!record.headers.includes('event_name=Watermark')) records.push(record);
    start = end;
  }
  return records;
}

/** The value is as long as it is said to be: it may hold any byte, also those between the fields. */
function readRecord(printed: Buffer, start: number): { record: TopicRecord; end: number } {
  const fields: string[] = [];
  let at = start;
  while (fields.length < 4) {
    const end = printed.indexOf(0x1f, at);
    assert.notEqual(end, -1, 'kcat prints four fields before the value');
    fields.push(printed.toString('utf8', at, end));
    at = end + 1;
  }
  const [partition, key = '', headers = '', length] = fields;
  const end = at + Math.max(0, Number(length));
  const value = printed.subarray(at, end);
  return { record: { key, partition: Number(partition), headers, value }, end };
}

function decode(message: string, value: Uint8Array): string {
  const args = [`--proto_path=${protos}`, `--decode=ledger.v1.${message}`, 'ledger/v1/events.proto'];
  return run('protoc', args, value).toString();
}

test('kcat and protoc read keys, headers and payloads as they are documented', async (t) => {
  const transport = await kafka.open(t);
  const database = await createDatabase(t);
  const ledger = await startLedger(t, { connectionString: database.url });
  const [from, to] = [await openAccount(ledger), await openAccount(ledger)];
  await submit(ledger, transferOf(from, to, 1234n));
  const log = await readEvents(await database.connect(), 0, 100);
  await sendAll(transport, log);

  const accounts = readTopic('ledger.account.v1');
  assert.deepEqual(accounts.map(({ key }) => key).toSorted(), [from, to].toSorted());
  const [entry] = readTopic('ledger.entry.v1');
  const [transfer] = readTopic('ledger.transfer.v1');
  assert.ok(entry !== undefined && transfer !== undefined);
  assert.equal(entry.key, transfer.key);
  const event = log.find(({ type }) => type === 'EntryPosted');
  const headers = Object.fromEntries(entry.headers.split(',').map((pair) => pair.split('=')));
  assert.deepEqual(headers, {
    'content-type': 'application/protobuf',
    ce_specversion: '1.0',
    ce_id: event?.eventId,
    ce_source: '/ledgers/main',
    ce_type: 'ledger.v1.EntryPosted',
    ce_subject: `entry/${entry.key}`,
    ce_time: new Date(event?.recordedAt ?? 0).toISOString(),
    ce_sequence: '00000000000000000003',
    event_name: 'EntryPosted',
    event_id: event?.eventId,
    schema: 'ledger.v1.EntryPosted',
    epoch: String(event?.epoch),
  });
  assert.match(decode('EntryPosted', entry.value), /units: 1234\n\s*currency: "USD"/);
  assert.match(decode('TransferCompleted', transfer.value), /amount_minor: 1234|units: 1234/);
  assert.match(decode('AccountCreated', accounts[0]?.value ?? Buffer.alloc(0)), /currency: "USD"/);
});

test('a key is in the partition where librdkafka looks for it', async (t) => {
  const transport = await kafka.open(t);
  await sendAll(transport, []);
  await transport.partitionsOf('anyone');
  const keys = Array.from({ length: 20 }, () => crypto.randomUUID());
  const topic = ['-b', kafka.broker().url, '-t', 'ledger.entry.v1'];
  const theirs = keys.map((key) => `${key}:x`).join('\n');
  run('kcat', ['-P', ...topic, '-K:', '-X', 'topic.partitioner=murmur2'], Buffer.from(theirs));
  const read = run('kcat', ['-C', '-q', '-e', ...topic, '-f', '%k %p\n']).toString();
  const { partitionOf } = await import('../../src/relay/transport/murmur2.ts');
  const found = read
    .trim()
    .split('\n')
    .map((line) => line.split(' '));
  assert.equal(found.length, keys.length);
  for (const [key = '', partition] of found)
    assert.equal(Number(partition), partitionOf(Buffer.from(key), 4), key);
});
