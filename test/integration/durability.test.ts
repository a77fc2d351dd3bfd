import assert from 'node:assert/strict';
import { createServer, connect } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { Client } from 'pg';
import { checkServer, refusePooler } from '../../src/postgres/durability.ts';
import { connectFor, createEmptyDatabase, findServerUrl, urlOf } from '../support/databases.ts';
import { startTestServer } from '../support/server.ts';

test('a server with durable settings is accepted without a warning', async (t) => {
  const client = await (await createEmptyDatabase(t)).connect();
  assert.deepEqual(await checkServer(client, { allowUnsafe: false }), []);
});

test('a server without fsync and full_page_writes is refused, or warned of when allowed', async (t) => {
  const server = await startTestServer({ fsync: 'off', full_page_writes: 'off' });
  t.after(server.stop);
  const client = await connectFor(t, { connectionString: server.url });
  await assert.rejects(
    checkServer(client, { allowUnsafe: false }),
    /fsync is off[^]*full_page_writes is off/,
  );
  const warnings = await checkServer(client, { allowUnsafe: true });
  assert.equal(warnings.length, 2);
});

test('synchronous_commit = off of a database is refused with the setting to mend', async (t) => {
  const database = await createEmptyDatabase(t);
  const owner = await database.connect();
  await owner.query(`alter database ${database.name} set synchronous_commit = off`);
  const client = await database.connect();
  await assert.rejects(checkServer(client, { allowUnsafe: false }), /set synchronous_commit = on/);
});

test('a database that is not UTF-8 is refused even where unsafe settings are allowed', async (t) => {
  const server = await findServerUrl();
  const admin = await connectFor(t, { connectionString: server });
  const name = `latin_${process.pid}`;
  await admin.query(`create database ${name} template template0 encoding 'LATIN1' locale 'C'
    ${await localeProvider(admin)}`);
  const client = new Client(urlOf(server, name));
  await client.connect();
  await assert.rejects(checkServer(client, { allowUnsafe: true }), /encoded in LATIN1/);
  await client.end();
  await admin.query(`drop database ${name}`);
});

/** The builtin provider knows only UTF-8, and a server before 17 doesn't know it. */
async function localeProvider(client: Client): Promise<string> {
  const { rows } = await client.query<{ server_version_num: string }>('show server_version_num');
  return Number(rows[0]?.server_version_num) >= 150_000 ? 'locale_provider libc' : '';
}

test('a direct connection is no pooler', async (t) => {
  const client = await (await createEmptyDatabase(t)).connect();
  await refusePooler(client);
});

test('a connection whose process id is made up, as poolers do, is refused', async (t) => {
  const url = await startRenamingProxy(t, await findServerUrl());
  const client = await connectFor(t, { connectionString: url });
  await assert.rejects(refusePooler(client), /pooler stands between[^]*DATABASE_URL/);
});

/** Passes everything on to the real server, but hands out another key, as every pooler has to. */
async function startRenamingProxy(t: TestContext, server: string): Promise<string> {
  const target = new URL(server).searchParams.get('host');
  const sockets: Socket[] = [];
  const proxy = createServer((client) => {
    const upstream = connect(`${target}/.s.PGSQL.5432`);
    sockets.push(client, upstream);
    client.pipe(upstream);
    upstream.on('data', (chunk: Buffer) => client.write(withOtherKey(chunk)));
    client.on('error', () => upstream.destroy());
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    proxy.close();
  });
  return `postgresql://credit_ledger@127.0.0.1:${portOf(proxy.address())}/postgres`;
}

function portOf(address: AddressInfo | string | null): number {
  assert.ok(address !== null && typeof address === 'object');
  return address.port;
}

/** BackendKeyData: 'K', its length 12, the process id, the secret. */
function withOtherKey(chunk: Buffer): Buffer {
  const at = chunk.indexOf(Buffer.from([0x4b, 0, 0, 0, 12]));
  if (at >= 0) chunk.writeInt32BE(123_456_789, at + 5);
  return chunk;
}
