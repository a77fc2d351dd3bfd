import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { awaitPort, findFreePorts, startInBackground } from '../../../tools/programs.ts';
import { createDatabase } from '../../support/databases.ts';
import { send } from '../../support/http.ts';
import { callsTo, startOn, until } from '../../support/product.ts';
import type { ServerProcess } from '../../support/server-process.ts';

const clients = 8;

/** As docs/operations/load-balancers.md has it: asks for readiness, and takes another server where one lets nobody in. */
function configurationOf(port: number, servers: readonly ServerProcess[]): string {
  const rows = servers.map(
    ({ url }, index) => `  server s${index} ${new URL(url).host} check inter 200ms fall 2 rise 1`,
  );
  return `defaults
  mode http
  timeout connect 2s
  timeout check 5s
  timeout client 30s
  timeout server 30s
  retries 3
  retry-on conn-failure empty-response
  option redispatch 1
frontend all
  bind 127.0.0.1:${port}
  default_backend gateways
backend gateways
  option httpchk GET /readyz
${rows.join('\n')}
`;
}

test('behind a load balancer servers are replaced one by one, and no request is lost', async (t) => {
  const database = await createDatabase(t);
  const env = {
    ADMIN_API_KEY: 'drain-admin-key-0123456789-0123456789',
    INTERNAL_TOKEN: 'a token of the drain',
  };
  const servers = [await startOn(t, database, env), await startOn(t, database, env)];
  const [first] = servers;
  assert.ok(first);
  const { open } = callsTo(first);
  for (const name of ['a', 'b']) await open(name);
  const folder = await mkdtemp(join(tmpdir(), 'haproxy-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const [port = 0] = await findFreePorts(1);
  const file = join(folder, 'haproxy.cfg');
  await writeFile(file, configurationOf(port, servers));
  const haproxy = startInBackground('haproxy', ['-db', '-f', file]);
  t.after(() => haproxy.kill());
  await awaitPort(port, haproxy);
  const url = `http://127.0.0.1:${port}/v1/transfers`;
  const counts = new Map<string, number>();
  const over = new AbortController();
  let sent = 0;
  const work = async (): Promise<void> => {
    while (!over.signal.aborted) {
      sent += 1;
      const headers = { authorization: `Bearer ${env.ADMIN_API_KEY}`, 'idempotency-key': `t-${sent}` };
      const body = { from: 'ext:a', to: 'ext:b', amount_minor: 1, currency: 'USD' };
      const { status, text } = await send(url, 'POST', headers, body);
      const what = status === 201 ? 'done' : `${status} ${text.slice(0, 200)}`;
      counts.set(what, (counts.get(what) ?? 0) + 1);
    }
  };
  const running = Array.from({ length: clients }, work);
  const done = (): number => counts.get('done') ?? 0;
  await until(async () => done() > 200, 'both serve');
  for (const server of servers) {
    const before = done();
    await server.stop();
    await until(async () => done() > before + 200, 'the other one serves on');
    if (server === first) {
      const { hostname, port } = new URL(server.url);
      await startOn(t, database, { ...env, HOST: hostname, PORT: port });
      await until(
        async () => (await fetch(`${server.url}/readyz`)).status === 200,
        'a new one is there',
      );
      await until(async () => done() > before + 500, 'it is let in');
    }
  }
  over.abort();
  await Promise.all(running);
  assert.deepEqual([...counts.keys()], ['done'], JSON.stringify([...counts]));
});
