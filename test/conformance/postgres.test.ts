import { randomUUID } from 'node:crypto';
import type { TestContext } from 'node:test';
import type { Client } from 'pg';
import { openPostgresTransport } from '../../src/relay/transport/postgres.ts';
import type { Message } from '../../src/relay/transport/transport.ts';
import { madeIn } from '../support/collector.ts';
import { createDatabase } from '../support/databases.ts';
import { testTransport } from '../support/transport-conformance.ts';
import { readLogOf } from '../support/read-log.ts';

let log: Client;

async function open(t: TestContext) {
  const database = await createDatabase(t);
  log = await database.connect();
  await log.query('update ledger.head set database_id = $1', [madeIn]);
  const db = await database.connect();
  const transport = openPostgresTransport({
    db,
    readLog: readLogOf(db),
    random: () => 0.1,
    mintId: randomUUID,
  });
  t.after(() => transport.close());
  return transport;
}

async function append(messages: readonly Message[]): Promise<void> {
  for (const message of messages)
    await log.query(
      `insert into ledger.events (position, epoch, batch, type, schema_version, ledger_id, aggregate, key, payload,
        traceparent, correlation_id, recorded_at) values ($1, $2, 1, $3, $4, 1, $5, $6, $7, $8, $9, $10)`,
      [
        message.position,
        message.epoch,
        message.type,
        message.schemaVersion,
        message.aggregate,
        message.key,
        message.payload,
        message.traceparent,
        message.correlationId,
        new Date(message.recordedAt),
      ],
    );
}

testTransport({ open, feed: (_transport, messages) => append(messages) });
