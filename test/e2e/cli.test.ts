import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { runCli } from '../support/cli.ts';
import { startProduct } from '../support/product.ts';

interface Shell {
  /** Runs a command to its end; the status has to be this. @returns what it printed */
  run: (line: string, status?: number) => Promise<string>;
  /** What it complained of. */
  fail: (line: string, status: number) => Promise<string>;
  readonly home: string;
}

/** A shell whose environment names a running server. */
async function openShell(
  t: TestContext,
  settings: Record<string, string> = {},
): Promise<Shell & { url: string; key: string }> {
  const { server } = await startProduct(t, settings);
  const home = mkdtempSync(join(tmpdir(), 'credit-ledger-cli-'));
  t.after(() => rmSync(home, { recursive: true, force: true }));
  const env = {
    CREDIT_LEDGER_URL: server.url,
    CREDIT_LEDGER_API_KEY: server.adminKey,
    XDG_CONFIG_HOME: home,
    NO_COLOR: '1',
  };
  const ran = async (line: string, status: number) => {
    const ended = await runCli(line.split(' '), env);
    assert.equal(ended.status, status, `${line}: ${ended.out}${ended.err}`);
    return ended;
  };
  return {
    run: async (line, status = 0) => (await ran(line, status)).out,
    fail: async (line, status) => (await ran(line, status)).err,
    home,
    url: server.url,
    key: server.adminKey,
  };
}

const idOf = (json: string): string => /"id":"([^"]+)"/.exec(json)?.[1] ?? '';

test('money is moved, held, settled and reversed from the command line, in units of the currency', async (t) => {
  const { run, fail } = await openShell(t);
  await run('accounts open --currency USD --external-id alice --credit-limit-minor 0 --name =1+1');
  await run('accounts open --currency JPY --external-id yen');
  await run('accounts open --currency USD --external-id bob --credit-limit-minor 0');
  await run('deposit ext:alice --amount 100');
  const post = 'transfers post --from ext:alice --to ext:bob --currency USD';
  const posted = await run(`${post} --amount 12.34 --idempotency-key k1 --json`);
  assert.match(posted, /"amount_minor":1234,.*"status":"COMPLETED"/);
  assert.equal(await run(`${post} --amount-minor 1234 --idempotency-key k1 --json`), posted);
  assert.match(
    await fail(`${post} --amount 1000`, 4),
    /^insufficient_funds: .* has 8766 available .* \(in minor units of USD\)/,
  );
  assert.match(await fail(`${post} --amount 1000 --preview`, 1), /It would be refused/);
  assert.match(await fail(`${post} --amount 1.234`, 2), /more than the 2 decimals/);
  assert.match(await fail('deposit ext:yen --amount 1.5', 2), /more than the 0 decimals/);
  const held = idOf(await run('hold --from ext:alice --to ext:bob --amount 20 --currency USD --json'));
  await run(`settle ${held} --amount 15`);
  assert.match(await fail(`void ${held}`, 4), /hold_already_settled/);
  await run(`reverse ${idOf(posted)} --reason wrong`);
  const csv = await run('accounts list --csv');
  assert.match(csv, /,alice,'=1\+1,LIABILITY,ACTIVE,USD,85\.00,0\.00,85\.00\r\n/);
  assert.match(
    await run('statement ext:bob'),
    /12\.34 {2,}12\.34 .*\n.*15\.00 {2,}27\.34 .*\n.*12\.34 .*15\.00/,
  );
  assert.match(await run('statement ext:bob --format csv'), /^entry_id,/);
  assert.equal((await run('entries list --json --limit 2')).trim().split('\n').length, 2);
  assert.match(await run('events tail --after 0 --limit 1'), /AccountCreated/);
  assert.match(await run(`transfers timeline ${idOf(posted)}`), /TransferCompleted/);
});

test('the status of the program tells the kind of refusal, and its complaint how to go on', async (t) => {
  const { run, fail, url } = await openShell(t);
  assert.match(await fail('accounts show ext:nobody', 5), /account_not_found/);
  assert.match(await fail('accounts list --api-key cl_live_wrong', 6), /unauthorized/);
  assert.match(await fail('accounts list --url http://127.0.0.1:9', 7), /no answer/);
  assert.match(await fail('acounts list', 2), /did you mean accounts list\?/);
  assert.match(await fail('deposit ext:a --amount -5', 2), /^--amount needs a value; .* --amount=-…\n$/);
  assert.match(await fail('deposit ext:a --amount', 2), /^--amount needs a value/);
  assert.match(await fail('acounts', 2), /did you mean accounts\?/);
  assert.match(await fail('accounts lst', 2), /no command accounts lst; did you mean accounts list\?/);
  assert.match(await fail('frobnicate', 2), /^there is no command frobnicate\n/);
  assert.match(await fail('ledgers clock main', 2), /either --to <time> or --advance <seconds>/);
  assert.match(await fail('accounts list --statsu ACTIVE', 2), /--statsu; did you mean --status\?/);
  assert.match(await fail('verify main.ndjson', 2), /^unexpected main.ndjson/);
  assert.match(await fail('accounts list --status OPEN', 2), /one of ACTIVE, SUSPENDED, CLOSED/);
  assert.match(await fail('accounts open --currency usd', 3), /invalid_request/);
  assert.match(await run('transfers post --help'), /Examples\n {2}credit-ledger transfers post/);
  assert.match(await run('accounts'), /accounts update/);
  assert.ok((await run('completion words -- dead-letters')).includes('redrive'));
  assert.ok(url.length > 0);
});

test('what waits for another administrator is told as undone, with the line that approves it', async (t) => {
  const { run, fail } = await openShell(t, { FOUR_EYES: 'credit_limits' });
  await run('accounts open --currency USD --external-id alice --credit-limit-minor 0');
  const said = await fail('accounts update ext:alice --credit-limit-minor 500', 1);
  assert.match(said, /^nothing was done yet/);
  const [approve = ''] = /api POST \S+approve/.exec(said) ?? [];
  assert.match(await fail(approve, 6), /approver_is_requester/);
  const second = await run('keys create --name second --scopes admin --json');
  const [key = ''] = /cl_live_[^"]+/.exec(second) ?? [];
  await run(`${approve} --api-key ${key}`);
  assert.match(await run('accounts show ext:alice'), /credit_limit +5\.00/);
});

test('what operates the product is done from the command line', async (t) => {
  const { run } = await openShell(t);
  assert.match(await run('projections rebuild balances'), /state +done/);
  await run('projections stop statements');
  assert.match(await run('projections list'), /statements +paused/);
  await run('projections start statements');
  assert.match(await run('reconcile'), /balances +\d+ +0/);
  assert.match(await run('dead-letters list --json'), /^$/);
  assert.match(await run('trial-balance --json'), /^$/);
  await run('ledgers create loyalty');
  assert.match(await run('ledgers list'), /loyalty +0/);
  await run('currencies register POINTS --scale 0');
  assert.match(await run('api GET /v1/currencies/POINTS'), /^{"code":"POINTS","scale":0,/);
  await run('api post /v1/accounts --body {"currency":"POINTS","external_id":"p"}');
  assert.match(await run('jobs list'), /reconcil/);
  assert.match(await run('audit-log --limit 5'), /done/);
  const key = await run('keys create --name billing --scopes read --json');
  assert.match(key, /"key":"cl_live_/);
  assert.match(await run(`keys revoke ${idOf(key)}`), /revoked +2/);
  assert.match(
    await run('webhooks create https://example.com/hook --types TransferCompleted'),
    /secret +whsec_/,
  );
  assert.match(await run('webhooks list'), /example\.com/);
  assert.match(await run('status'), /ok {4}projection balances/);
  assert.match(await run('doctor'), /ok {4}clock of PostgreSQL|ok {4}Node/);
  assert.match(await run('bench --seconds 1 --connections 4 --json'), /"per_second":\d+/);
});

test('profiles keep servers and keys under names, where nobody else can read them', async (t) => {
  const { run, fail, home, url, key } = await openShell(t);
  await run(`profiles set here --url ${url} --api-key ${key}`);
  await run('profiles set away --url http://127.0.0.1:9 --api-key none');
  const file = join(home, 'credit-ledger', 'profiles.json');
  assert.equal(statSync(file).mode & 0o777, 0o600);
  const env = { XDG_CONFIG_HOME: home, NO_COLOR: '1' };
  assert.equal((await runCli(['accounts', 'list'], env)).status, 0);
  assert.equal((await runCli(['accounts', 'list', '--profile', 'away'], env)).status, 7);
  assert.doesNotMatch(await run('profiles list'), new RegExp(key));
  await run('profiles remove away');
  assert.match(await fail('profiles use away', 2), /no profile away/);
});

test('the doctor names what is not there, with what to do about it', async () => {
  const env = {
    DATABASE_URL: 'postgres://nobody@127.0.0.1:9/none',
    KAFKA_BROKERS: '127.0.0.1:9',
    REDIS_URL: 'redis://127.0.0.1:9',
    NO_COLOR: '1',
  };
  const address = ['--url', 'http://127.0.0.1:9', '--api-key', 'none'];
  const { status, out } = await runCli(['doctor', ...address, '--json'], env);
  assert.equal(status, 1);
  for (const what of ['PostgreSQL', 'Kafka 127.0.0.1:9', 'Redis 127.0.0.1:9', 'server'])
    assert.match(out, new RegExp(`"what":"${what}".*"mend":"[^"]+","isBad":true`));
  assert.match(out, /"what":"Node".*"mend":null,"isBad":false/);
});

test('a server whose port is taken says so before it starts anything, and so does one with a wrong flag', async (t) => {
  const other = createServer().listen(0, '127.0.0.1');
  t.after(() => other.close());
  await once(other, 'listening');
  const address = other.address();
  const port = typeof address === 'object' ? String(address?.port) : '';
  const dataDir = join(tmpdir(), 'credit-ledger-port-is-taken');
  const started = await runCli(['start', '--port', port, '--data-dir', dataDir], { NO_COLOR: '1' });
  assert.equal(started.status, 2);
  const expected = `port ${port} of 127.0.0.1 can not be used (something else listens there): choose another by --port\n`;
  assert.equal(started.err, expected);
  assert.equal(existsSync(dataDir), false);
  assert.equal((await runCli(['start', '--no-such-flag'], {})).status, 2);
});

test('a server whose data directory can not be made says which and why, as of a wrong flag', async () => {
  const file = import.meta.filename;
  const started = await runCli(['start', '--port', '0', '--data-dir', file], { NO_COLOR: '1' });
  assert.equal(started.status, 2);
  const reason = 'a file is in its place, or in that of a directory above it';
  const expected = `the data directory ${file} can not be made: ${reason}; choose another by --data-dir or DATA_DIR\n`;
  assert.equal(started.err, expected);
});

test('a server without its database says which one did not answer, and that it could not start', async () => {
  const started = await runCli(['start', '--port', '0'], {
    DATABASE_URL: 'postgres://nobody@127.0.0.1:9/none',
    DATA_DIR: join(tmpdir(), 'credit-ledger-never-made'),
    NO_COLOR: '1',
  });
  assert.equal(started.status, 1);
  assert.match(
    started.err,
    /^no connection to PostgreSQL at 127\.0\.0\.1:9: .*\nThe server could not start/,
  );
});
