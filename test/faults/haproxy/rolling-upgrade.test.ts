import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { awaitPort, findFreePorts, startInBackground } from '../../../tools/programs.ts';
import { audit } from '../../support/audit.ts';
import { createDatabase } from '../../support/databases.ts';
import {
  awaitReady,
  openSite,
  runDeclared,
  startDeclared,
  stopAll,
  type Declared,
  type RunningProcess,
  type Site,
} from '../../support/declared-processes.ts';
import { send } from '../../support/http.ts';
import { makeNextVersion } from '../../support/next-version.ts';
import { until } from '../../support/product.ts';
import { startTransferLoad } from '../../support/transfer-load.ts';

const adminKey = 'rolling-admin-key-0123456789-0123456789';
const authorization = `Bearer ${adminKey}`;

/** As docs/operations/load-balancers.md has it. */
function configurationOf(port: number, gateways: readonly RunningProcess[]): string {
  const rows = gateways.map(
    ({ name, url }) => `  server ${name} ${new URL(url).host} check inter 200ms fall 2 rise 1`,
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

test('every process is replaced by the next version in turn, on a schema that grew, and no request fails', async (t) => {
  const database = await createDatabase(t);
  const env = {
    ADMIN_API_KEY: adminKey,
    INTERNAL_TOKEN: 'a token of the upgrade',
    API_KEY_PEPPER: 'a pepper of the upgrade',
    DATABASE_URL: database.url,
    MIGRATE_AT_START: 'false',
    LOG_LEVEL: 'warn',
  };
  const old = openSite(t, { places: [], image: {} });
  const declare = (name: string, role: string): Declared => ({
    name,
    args: ['start'],
    env: { ...env, ROLE: role, ADVERTISE_URL: `http://${old.hosts.addressOf(name)}:4000` },
  });
  const declared = [
    declare('ledger-1', 'ledger'),
    declare('ledger-2', 'ledger'),
    declare('gateway-1', 'gateway'),
    declare('gateway-2', 'gateway'),
    declare('rest', 'projections,worker,scheduler'),
  ];
  const start = async (site: Site, one: Declared): Promise<RunningProcess> => {
    const running = startDeclared(site, one);
    await awaitReady(running);
    return running;
  };
  const running = new Map<string, RunningProcess>();
  for (const one of declared.slice(0, 2)) running.set(one.name, await start(old, one));
  await Promise.all(declared.slice(2).map(async (one) => running.set(one.name, await start(old, one))));
  const gateways = [...running.values()].filter(({ name }) => name.startsWith('gateway'));
  const [port = 0] = await findFreePorts(1);
  const file = join(old.directory, 'haproxy.cfg');
  await writeFile(file, configurationOf(port, gateways));
  const haproxy = startInBackground('haproxy', ['-db', '-f', file]);
  t.after(() => haproxy.kill());
  await awaitPort(port, haproxy);
  const url = `http://127.0.0.1:${port}`;
  for (const name of ['a', 'b']) {
    const headers = { authorization, 'idempotency-key': name };
    const opened = await send(`${url}/v1/accounts`, 'POST', headers, {
      currency: 'USD',
      external_id: name,
    });
    assert.equal(opened.status, 201, opened.text);
  }

  const load = startTransferLoad(url, authorization);
  await until(async () => load.moved() > 100, 'the load runs');
  const product = makeNextVersion(t, {
    '9001-of-the-next-version':
      '-- Expands: programs that do not know this file run on.\nalter table ledger.transfers add column of_next text;\ncreate table ledger.of_next (id int);',
  });
  const next: Site = { ...old, product };
  const migrated = await runDeclared(next, { name: 'migrate', args: ['migrate'], env });
  assert.match(migrated, /9001-of-the-next-version/);

  const replace = async (name: string, site: Site): Promise<void> => {
    const before = load.moved();
    const one = declared.find((row) => row.name === name);
    assert.ok(one);
    await running.get(name)?.stop();
    running.set(name, await start(site, one));
    await until(async () => load.moved() > before + 50, `the load goes on without the old ${name}`);
  };
  for (const { name } of declared.toReversed()) await replace(name, next);
  // Whoever regrets it goes back to the version before, on the schema as it is now.
  await replace('ledger-1', old);
  await replace('gateway-1', old);
  await load.stop();
  await stopAll(old);
  assert.deepEqual([...load.outcomes.keys()].toSorted(), ['moved', 'read'], String([...load.outcomes]));

  const sql = await database.connect();
  const { rows } = await sql.query<{ n: number }>('select count(*)::int as n from ledger.transfers');
  assert.equal(rows[0]?.n, load.moved(), 'every acknowledged transfer is there, and no other');
  assert.deepEqual(await audit(sql), []);
});
