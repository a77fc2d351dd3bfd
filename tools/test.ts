import { spawn } from 'node:child_process';
import { globSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { performance } from 'node:perf_hooks';
import { run } from 'node:test';
import { dot, spec } from 'node:test/reporters';
import { startTestServer } from '../test/support/server.ts';
import type { TestServer } from '../test/support/server.ts';
import { deployToolsMissing } from './deploy-tools.ts';
import { kafkaMissing } from './kafka.ts';
import { hasPostgres15, startPostgres15 } from './postgres-15.ts';
import { hasProgram } from './programs.ts';
import { rabbitmqMissing } from './rabbitmq.ts';
import { redisMissing } from './redis.ts';
import { recordRefusals, type RefusalRecord } from './refusals.ts';
import { schemathesisMissing } from './schemathesis.ts';

/** A line of the table at the end. */
interface Row {
  suite: string;
  passed: number;
  failed: number;
  skipped: number;
  seconds: number;
}

type Counts = Pick<Row, 'passed' | 'failed' | 'skipped'>;

interface Suite {
  name: string;
  /** Files of node:test, as a glob from the repository's root. */
  files: string;
  /** The PostgreSQL the whole suite shares; tests reach it through test/support/databases.ts. */
  startServer?: () => Promise<TestServer>;
  /** What is missing on this machine to run the suite. */
  missing?: () => string | undefined;
}

const root = resolve(import.meta.dirname, '..');

const checks: Readonly<Record<string, readonly string[]>> = {
  types: ['tsc', '--noEmit'],
  'types of the console': ['tsc', '--noEmit', '-p', 'console'],
  lint: ['oxlint', '--type-aware', '--deny-warnings'],
  format: ['oxfmt', '--check'],
  'dead code': ['knip'],
  events: ['buf', 'lint', 'contract/proto'],
};

const postgres15Missing = (): string | undefined =>
  hasPostgres15() ? undefined : 'PostgreSQL 15 is not installed: apt-get install postgresql-15';

const clientsMissing = (): string | undefined => {
  const programs = { kcat: 'kcat', protoc: 'protobuf-compiler' };
  const absent = Object.entries(programs).find(([program]) => !hasProgram(program));
  if (absent !== undefined) return `${absent[0]} is not installed: apt-get install ${absent[1]}`;
  return kafkaMissing();
};

const haproxyMissing = (): string | undefined =>
  hasProgram('haproxy') ? undefined : 'haproxy is not installed: apt-get install haproxy';

const deployMissing = (): string | undefined => kafkaMissing() ?? redisMissing() ?? deployToolsMissing();
const chromiumMissing = (): string | undefined =>
  hasProgram('chromium') ? undefined : 'Chromium is not installed: apt-get install chromium';

const prometheusMissing = (): string | undefined =>
  hasProgram('promtool') ? undefined : 'Prometheus is not installed: apt-get install prometheus';

const suites: readonly Suite[] = [
  { name: 'unit', files: '{src,contract,sdk,tools}/**/*.test.ts' },
  { name: 'tidy', files: 'test/tidy.test.ts' },
  { name: 'integration', files: 'test/integration/**/*.test.ts', startServer: startTestServer },
  {
    name: 'integration-15',
    files: 'test/integration/**/*.test.ts',
    startServer: startPostgres15,
    missing: postgres15Missing,
  },
  { name: 'conformance', files: 'test/conformance/postgres.test.ts', startServer: startTestServer },
  { name: 'conformance-kafka', files: 'test/conformance/kafka*.test.ts', missing: kafkaMissing },
  {
    name: 'conformance-client',
    files: 'test/conformance/independent-client.test.ts',
    startServer: startTestServer,
    missing: clientsMissing,
  },
  {
    name: 'conformance-rabbitmq',
    files: 'test/conformance/rabbitmq*.test.ts',
    missing: rabbitmqMissing,
  },
  { name: 'property', files: 'test/property/**/*.test.ts', startServer: startTestServer },
  { name: 'faults', files: 'test/faults/*.test.ts', startServer: startTestServer },
  {
    name: 'faults-kafka',
    files: 'test/faults/kafka/*.test.ts',
    startServer: startTestServer,
    missing: kafkaMissing,
  },
  {
    name: 'faults-redis',
    files: 'test/faults/redis/*.test.ts',
    startServer: startTestServer,
    missing: redisMissing,
  },
  {
    name: 'faults-haproxy',
    files: 'test/faults/haproxy/*.test.ts',
    startServer: startTestServer,
    missing: haproxyMissing,
  },
  {
    name: 'deploy',
    files: 'test/deploy/*.test.ts',
    startServer: startTestServer,
    missing: deployMissing,
  },
  { name: 'e2e', files: 'test/e2e/**/*.test.ts', startServer: startTestServer },
  {
    name: 'browser',
    files: 'test/browser/*.test.ts',
    startServer: startTestServer,
    missing: chromiumMissing,
  },
  {
    name: 'telemetry',
    files: 'test/telemetry/*.test.ts',
    startServer: startTestServer,
    missing: prometheusMissing,
  },
  {
    name: 'api',
    files: 'test/api/*.test.ts',
    startServer: startTestServer,
    missing: schemathesisMissing,
  },
];

const suiteNames = ['check', ...suites.map((suite) => suite.name)];

async function runChecks(): Promise<Row[]> {
  const rows: Row[] = [];
  for (const [name, command] of Object.entries(checks)) {
    rows.push(await timed(`check: ${name}`, () => runCommand(command)));
  }
  return rows;
}

async function timed(suite: string, work: () => Promise<Counts>): Promise<Row> {
  const start = performance.now();
  const counts = await work();
  return { suite, ...counts, seconds: (performance.now() - start) / 1000 };
}

/** Speaks only when the command fails. */
async function runCommand([command = '', ...args]: readonly string[]): Promise<Counts> {
  const child = spawn(join(root, 'node_modules', '.bin', command), args, { cwd: root });
  const output: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => output.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => output.push(chunk));
  const passed = await new Promise<boolean>((settle) => {
    child.once('error', (error) => {
      output.push(Buffer.from(error.message));
      settle(false);
    });
    child.once('close', (code) => settle(code === 0));
  });
  if (passed) return { passed: 1, failed: 0, skipped: 0 };
  process.stdout.write(`\n$ ${[command, ...args].join(' ')}\n${Buffer.concat(output).toString()}\n`);
  return { passed: 0, failed: 1, skipped: 0 };
}

async function runSuite(suite: Suite, env: NodeJS.ProcessEnv): Promise<Counts> {
  const files = globSync(suite.files, { cwd: root, exclude: ['**/node_modules/**'] });
  if (files.length === 0) return { passed: 0, failed: 0, skipped: 0 };
  process.stdout.write(`\n${suite.name}\n`);
  const missing = suite.missing?.();
  if (missing === undefined) return withServer(suite, env, (own) => runFiles(files, own));
  // Where everything can be installed, an absent server is a mistake and not a circumstance.
  const isFailure = process.env.CI === 'true';
  process.stdout.write(`${isFailure ? 'failed' : 'skipped'}: ${missing}\n`);
  return { passed: 0, failed: isFailure ? 1 : 0, skipped: isFailure ? 0 : 1 };
}

async function withServer(
  { startServer }: Suite,
  env: NodeJS.ProcessEnv,
  work: (env: NodeJS.ProcessEnv) => Promise<Counts>,
): Promise<Counts> {
  if (startServer === undefined) return work(env);
  const server = await startServer();
  const stopAndExit = (): void => void server.stop().finally(() => process.exit(130));
  process.once('SIGINT', stopAndExit).once('SIGTERM', stopAndExit);
  try {
    return await work({ ...env, TEST_DATABASE_URL: server.url });
  } finally {
    process.off('SIGINT', stopAndExit).off('SIGTERM', stopAndExit);
    await server.stop();
  }
}

/** One process a file. A test that hangs fails after its time, so that the suite's server is stopped. */
async function runFiles(files: readonly string[], env: NodeJS.ProcessEnv): Promise<Counts> {
  const stream = run({ files: files.map((file) => join(root, file)), cwd: root, env, timeout: 600_000 });
  let counts: Counts = { passed: 0, failed: 0, skipped: 0 };
  stream.on('test:summary', ({ file, counts: of }) => {
    if (file !== undefined) return;
    counts = {
      passed: of.passed,
      failed: of.tests - of.passed - of.skipped - of.todo,
      skipped: of.skipped + of.todo,
    };
  });
  const report = files.length === 1 ? stream.compose(new spec()) : stream.compose(dot);
  for await (const chunk of report) process.stdout.write(String(chunk));
  return counts;
}

/** Names each refusal of the document that no test reached, and each that it does not have. Only all suites can show it. */
function compareRefusals(record: RefusalRecord): Promise<Row> {
  return timed('refusals', () => {
    const found = record.compare();
    for (const sentence of found) process.stdout.write(`${sentence}\n`);
    return Promise.resolve({ passed: 1, failed: 0, skipped: 0 });
  });
}

function chooseSuites(args: readonly string[]): { withChecks: boolean; chosen: Suite[] } {
  const unknown = args.filter((arg) => !suiteNames.includes(arg) && !arg.endsWith('.test.ts'));
  if (unknown.length > 0) {
    const known = suiteNames.join(', ');
    throw new Error(
      `no such suite: ${unknown.join(', ')}. There are ${known}, or name a file *.test.ts`,
    );
  }
  const files = args.filter((arg) => arg.endsWith('.test.ts'));
  const named = suites.filter((suite) => args.length === 0 || args.includes(suite.name));
  const single = files.map((file) => ({ name: file, files: file, startServer: startTestServer }));
  return { withChecks: args.length === 0 || args.includes('check'), chosen: [...named, ...single] };
}

function printTable(rows: readonly Row[]): void {
  const width = Math.max(...rows.map((row) => row.suite.length), 5);
  const line = (...[suite = '', ...cells]: string[]) =>
    `${suite.padEnd(width)} ${cells.map((cell) => cell.padStart(8)).join(' ')}\n`;
  process.stdout.write(`\n${line('suite', 'passed', 'failed', 'skipped', 'seconds')}`);
  for (const { suite, passed, failed, skipped, seconds } of rows) {
    process.stdout.write(line(suite, `${passed}`, `${failed}`, `${skipped}`, seconds.toFixed(1)));
  }
}

async function main(args: readonly string[]): Promise<void> {
  const { withChecks, chosen } = chooseSuites(args);
  const rows = withChecks ? await runChecks() : [];
  const record = args.length === 0 ? recordRefusals() : undefined;
  for (const suite of chosen) {
    const row = await timed(suite.name, () => runSuite(suite, { ...process.env, ...record?.env }));
    if (row.passed + row.failed + row.skipped > 0) rows.push(row);
  }
  // Where suites were skipped, what they would reach was not.
  const isWhole = rows.every((row) => row.skipped === 0);
  if (record !== undefined && isWhole) rows.push(await compareRefusals(record));
  printTable(rows);
  const sum = (key: keyof Counts) => rows.reduce((total, row) => total + row[key], 0);
  process.stdout.write(
    `\n${sum('passed')} passed, ${sum('failed')} failed, ${sum('skipped')} skipped\n`,
  );
  // A run in which nothing ran has shown nothing.
  process.exitCode = sum('failed') > 0 || sum('passed') === 0 ? 1 : 0;
}

await main(process.argv.slice(2));
