import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { makeBankYear, type BankYear } from '../support/bank-year.ts';
import { createEmptyDatabase } from '../support/databases.ts';
import { runProgram, type Ended } from '../support/program.ts';
import { removeData, startServer, type ServerProcess } from '../support/server-process.ts';

const realFile = process.env.BERKA_FILE;
const noRealFile = realFile === undefined ? 'BERKA_FILE names no file trans-1993.csv' : false;

type Demo = (...args: string[]) => Promise<Ended>;

/** A server on a database of its own. */
async function startOwnServer(t: TestContext): Promise<ServerProcess> {
  const database = await createEmptyDatabase(t);
  const server = await startServer(undefined, { DATABASE_URL: database.url });
  t.after(async () => {
    await server.stop();
    removeData(server);
  });
  return server;
}

async function startDemo(t: TestContext): Promise<Demo> {
  const server = await startOwnServer(t);
  return (...args) =>
    runProgram('demo/main.ts', ['--url', server.url, '--key', server.adminKey, ...args]);
}

function writeYear(t: TestContext, text: string): string {
  const directory = mkdtempSync(join(tmpdir(), 'bank-year-'));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  const file = join(directory, 'year.csv');
  writeFileSync(file, text);
  return file;
}

/** The rows of the table of facts: name, then expected, actual, ok. */
function readFacts(output: string): Map<string, string[]> {
  const rows = output.split('\n').map((line) => line.split(/ {2,}/));
  return new Map(
    rows.filter((cells) => cells.length === 4).map(([name = '', ...cells]) => [name, cells]),
  );
}

function assertFacts(output: string, year: BankYear): void {
  const facts = readFacts(output);
  const expected: [string, number | bigint][] = [
    ['entries in the journal', year.rows],
    ['customer accounts', year.accounts],
    ['credits, minor units', year.credits],
    ['debits, minor units', year.debits],
    ['net, minor units', year.credits - year.debits],
    [`account ${year.account} ends at`, year.ends],
    ['account-days', year.accountDays],
    ["… within 1.00 CZK of the bank's balance", year.accountDays],
    ['lines in the statements', year.rows],
    ['whole book: debits = credits', year.credits + year.debits],
  ];
  for (const [name, value] of expected) {
    const text = value.toLocaleString('en-US');
    assert.deepEqual(facts.get(name), [text, text, 'yes'], `${name}\n${output}`);
  }
}

test('the demo plays its stories as often as one likes, and every claim holds', async (t) => {
  const demo = await startDemo(t);
  for (let round = 0; round < 2; round += 1) {
    const { code, output } = await demo();
    assert.equal(code, 0, output);
    assert.match(output, /All \d\d claims hold\./);
    assert.match(output, /✓ all 100 are booked: no deadlock, no lost update/);
    assert.match(output, /\$ curl .* -H 'Idempotency-Key: demo-1-/);
  }
});

function lie(text: string): string {
  return text.replace('"balance_minor":1234,', '"balance_minor":1235,');
}

/** Stands between the demo and the server, and answers one balance that the server did not say. */
async function startLiar(t: TestContext, url: string): Promise<string> {
  const liar = createServer((request, response) => {
    const forward = async (): Promise<void> => {
      const { authorization = '', ledger = 'main', 'idempotency-key': key } = request.headers;
      const body = Buffer.concat(await Array.fromAsync(request)).toString();
      const answer = await fetch(`${url}${request.url}`, {
        method: request.method ?? 'GET',
        headers: {
          authorization,
          ledger: String(ledger),
          'content-type': 'application/json',
          ...(key === undefined ? {} : { 'idempotency-key': String(key) }),
        },
        ...(body === '' ? {} : { body }),
      });
      response.writeHead(answer.status).end(lie(await answer.text()));
    };
    forward().catch(() => response.destroy());
  });
  liar.listen(0, '127.0.0.1');
  await once(liar, 'listening');
  t.after(() => liar.close());
  const address = liar.address();
  return `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
}

test('a claim that does not hold ends the demo with a failure', async (t) => {
  const server = await startOwnServer(t);
  const url = await startLiar(t, server.url);
  const { code, output } = await runProgram('demo/main.ts', ['--url', url, '--key', server.adminKey]);
  assert.equal(code, 1, output);
  assert.match(output, /Not so: its balance is 1234\. Expected 1234n, got 1235n/);
});

test('without a server the demo says how to start one', async () => {
  const { code, output } = await runProgram('demo/main.ts', ['--url', 'http://127.0.0.1:1']);
  assert.equal(code, 1);
  assert.match(output, /No credit-ledger answers at http:\/\/127\.0\.0\.1:1\. Start one with npm start/);
});

test("a bank's year comes out as its file says, and importing it again changes nothing", async (t) => {
  const demo = await startDemo(t);
  const year = makeBankYear({ rows: 2500, accounts: 40, seed: 7 });
  const file = writeYear(t, year.text);
  const first = await demo('--berka', file);
  assert.equal(first.code, 0, first.output);
  assert.match(first.output, /: 2500 entries new, 0 of 3 batches replayed/);
  assertFacts(first.output, year);
  const second = await demo('--berka', file);
  assert.equal(second.code, 0, second.output);
  assert.match(second.output, /: 0 entries new, 3 of 3 batches replayed/);
  assertFacts(second.output, year);
});

test('an import that was cut short is completed by the next', async (t) => {
  const demo = await startDemo(t);
  const year = makeBankYear({ rows: 2500, accounts: 40, seed: 8 });
  const cut = year.text
    .split('\r\n')
    .slice(0, 1 + 2000)
    .join('\r\n');
  await demo('--berka', writeYear(t, cut));
  const { code, output } = await demo('--berka', writeYear(t, year.text));
  assert.equal(code, 0, output);
  assert.match(output, /: 500 entries new, 2 of 3 batches replayed/);
  assertFacts(output, year);
});

test('a file whose balances do not follow from its amounts is found out', async (t) => {
  const demo = await startDemo(t);
  const year = makeBankYear({ rows: 200, accounts: 3, seed: 9 });
  const lines = year.text.split('\r\n');
  const last = lines.at(-2) ?? '';
  const wrong = year.text.replace(last, last.replace(/^((?:[^;]*;){6})[^;]*/, '$1123456789.00'));
  const { code, output } = await demo('--berka', writeYear(t, wrong));
  assert.equal(code, 1, output);
  const days = readFacts(output).get("… within 1.00 CZK of the bank's balance");
  assert.deepEqual(days, [String(year.accountDays), String(year.accountDays - 1), 'NO']);
});

test("the real bank's year 1993 comes out as stated with it", { skip: noRealFile }, async (t) => {
  const demo = await startDemo(t);
  const { code, output } = await demo('--berka', realFile ?? '');
  assert.equal(code, 0, output);
  assert.match(output, /expected figures are those stated with the data set/);
  const year = {
    text: '',
    rows: 28_205,
    accounts: 1139,
    credits: 12_044_223_740n,
    debits: 8_386_629_130n,
    account: '2378',
    ends: 6_204_200n,
    accountDays: 23_440,
  };
  assertFacts(output, year);
});
