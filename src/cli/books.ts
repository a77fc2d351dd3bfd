import type { AuditRow, Job, Ledger, TrialBalance } from '@credit-ledger/sdk/client.ts';
import { listAuditLogFormats } from '@credit-ledger/sdk/gen/formats.ts';
import type { Amounts } from './amount-text.ts';
import {
  choiceOf,
  isGiven,
  numberOf,
  requireText,
  requireWords,
  textOf,
  UsageError,
} from './command.ts';
import { shortTime, writeAnswer, type Column } from './output.ts';
import { first, keyOption, limitOption, serverCommand } from './server-command.ts';

const ledgerColumns: readonly Column<Ledger>[] = [
  { name: 'name', of: ({ name }) => name },
  { name: 'entries', of: (row) => row.entry_count, isNumber: true },
  { name: 'sandbox', of: ({ sandbox }) => sandbox?.life },
  { name: 'seconds_ahead', of: secondsAhead, isNumber: true },
  { name: 'closed_until', of: (row) => shortTime(row.closed_until) },
  { name: 'created_at', of: (row) => shortTime(row.created_at) },
];

/** How far the clock of a sandbox is ahead, in what `--advance` counts in. */
function secondsAhead({ sandbox }: Ledger): number | undefined {
  return sandbox === null ? undefined : sandbox.clock_offset_ms / 1000;
}

const currencyColumns = (['code', 'scale', 'source'] as const).map((name) => ({
  name,
  of: (row: { code: string; scale: number; source: string }) => row[name],
}));

const balanceColumns = ({ show }: Amounts): readonly Column<TrialBalance['rows'][number]>[] => [
  { name: 'currency', of: ({ currency }) => currency },
  { name: 'type', of: ({ type }) => type },
  { name: 'accounts', of: ({ accounts }) => accounts, isNumber: true },
  { name: 'debits', of: (row) => show(row.debits_minor, row.currency), isNumber: true },
  { name: 'credits', of: (row) => show(row.credits_minor, row.currency), isNumber: true },
  { name: 'balance', of: (row) => show(row.balance_minor, row.currency), isNumber: true },
];

const jobColumns: readonly Column<Job>[] = [
  { name: 'job', of: ({ name }) => name },
  { name: 'next_run', of: (row) => shortTime(row.next_run_at) },
  { name: 'last_run', of: (row) => shortTime(row.last_run?.finished_at) },
  { name: 'state', of: (row) => row.last_run?.state },
  { name: 'error', of: (row) => row.last_run?.error },
];

const auditColumns: readonly Column<AuditRow>[] = [
  { name: 'number', of: ({ number }) => number, isNumber: true },
  { name: 'recorded_at', of: (row) => shortTime(row.recorded_at) },
  { name: 'outcome', of: ({ outcome }) => outcome },
  { name: 'action', of: ({ action }) => action },
  { name: 'actor', of: ({ actor }) => actor },
  { name: 'address', of: ({ address }) => address },
  { name: 'detail', of: ({ detail }) => detail },
];

export const bookCommands = {
  'trial-balance': serverCommand({
    summary: 'Show debits and credits by currency and type; ends with 1 where they differ',
    options: { at: { type: 'string', value: '<time>', describe: 'As it was recorded then' } },
    run: async ({ client, given, amounts, list }) => {
      requireWords(given);
      const report = await client.readTrialBalance({ at: textOf(given, 'at') });
      await list(balanceColumns(amounts), report.rows);
      return report.balanced ? 0 : 1;
    },
  }),
  'ledgers list': serverCommand({
    summary: 'List the ledgers',
    options: limitOption,
    run: ({ client, given, list }) =>
      list(ledgerColumns, first(client.listLedgers(), numberOf(given, 'limit'))),
  }),
  'ledgers create': serverCommand({
    summary: 'Make a ledger',
    usage: '<name>',
    options: {
      ...keyOption,
      sandbox: { type: 'boolean', describe: 'To try things in: it can be reset, and its clock moved' },
    },
    examples: [['credit-ledger ledgers create playground --sandbox', '']],
    run: async ({ client, given, call, show }) => {
      const [name = ''] = requireWords(given, 'name');
      const sandbox = isGiven(given, 'sandbox');
      return show(ledgerColumns, await client.createLedger({ name, sandbox }, call));
    },
  }),
  'ledgers reset': serverCommand({
    summary: 'Empty a sandbox',
    usage: '<name>',
    options: keyOption,
    run: async ({ client, given, call, show }) => {
      const [name = ''] = requireWords(given, 'name');
      return show(ledgerColumns, await client.resetLedger(name, call));
    },
  }),
  'ledgers clock': serverCommand({
    summary: 'Move the clock of a sandbox forward: what is due by then happens',
    usage: '<name>',
    options: {
      ...keyOption,
      to: { type: 'string', value: '<time>', describe: 'The time that it is there from now on' },
      advance: { type: 'string', value: '<seconds>', describe: 'By so much instead' },
    },
    examples: [['credit-ledger ledgers clock playground --advance 86400', 'A day later']],
    run: async ({ client, given, call, show }) => {
      const [name = ''] = requireWords(given, 'name');
      const body = { to: textOf(given, 'to'), advance_seconds: numberOf(given, 'advance') };
      if ((body.to === undefined) === (body.advance_seconds === undefined))
        throw new UsageError('needed: either --to <time> or --advance <seconds>');
      return show(ledgerColumns, await client.moveLedgerClock(name, body, call));
    },
  }),
  'currencies list': serverCommand({
    summary: 'List the currencies with their decimals',
    options: limitOption,
    run: ({ client, given, list }) =>
      list(currencyColumns, first(client.listCurrencies({ limit: 1000 }), numberOf(given, 'limit'))),
  }),
  'currencies register': serverCommand({
    summary: 'Register a currency of your own, such as loyalty points',
    usage: '<code>',
    options: { scale: { type: 'string', value: '<n>', describe: 'Its decimals, 0 to 12; needed' } },
    examples: [['credit-ledger currencies register POINTS --scale 0', '']],
    run: async ({ client, given, show }) => {
      const [code = ''] = requireWords(given, 'code');
      requireText(given, 'scale');
      const scale = numberOf(given, 'scale') ?? 0;
      return show(currencyColumns, await client.registerCurrency({ code, scale }));
    },
  }),
  'jobs list': serverCommand({
    summary: 'Show what comes round by itself, with its last run and its next',
    run: async ({ client, list }) => list(jobColumns, (await client.listJobs()).data),
  }),
  'jobs run': serverCommand({
    summary: 'Run a job as soon as possible',
    usage: '<name>',
    run: async ({ client, given, show }) => {
      const [name = ''] = requireWords(given, 'name');
      const run = await client.runJob(name);
      return show(
        [
          { name: 'id', of: () => run.id },
          { name: 'state', of: () => run.state },
        ],
        run,
      );
    },
  }),
  'audit-log': serverCommand({
    summary: 'Show who did what, the newest first, or write all of it as the server makes it',
    options: {
      actor: { type: 'string', describe: 'Of this key' },
      action: { type: 'string', describe: 'Of this action' },
      format: { type: 'string', choices: listAuditLogFormats, describe: 'As the server writes it' },
      ...limitOption,
    },
    run: async ({ client, given, list }) => {
      requireWords(given);
      const query = { actor: textOf(given, 'actor'), action: textOf(given, 'action') };
      const format = choiceOf(given, 'format', listAuditLogFormats);
      if (format === undefined)
        return list(auditColumns, first(client.listAuditLog(query), numberOf(given, 'limit')));
      await writeAnswer(await client.downloadAuditLog(format, query), undefined);
      return 0;
    },
  }),
  api: serverCommand({
    summary: 'Send any request of the API, with its retries, and show the answer as JSON',
    usage: '<method> <path>',
    options: {
      body: { type: 'string', value: '<json>', describe: 'Its body' },
      ...keyOption,
    },
    examples: [
      ['credit-ledger api GET /v1/accounts/ext:alice/daily-balances', ''],
      ['credit-ledger api POST /v1/currencies --body \'{"code":"MILES","scale":0}\'', ''],
    ],
    run: async ({ client, given, call, surface }) => {
      const [method = '', path = ''] = requireWords(given, 'method', 'path');
      const text = textOf(given, 'body');
      const body = text === undefined ? undefined : readBody(text);
      surface.out(`${await client.request(method.toUpperCase(), path, body, call)}\n`);
      return 0;
    },
  }),
};

function readBody(text: string): object {
  try {
    const body: unknown = JSON.parse(text);
    if (typeof body === 'object' && body !== null) return body;
  } catch {
    // Said below, as for what is JSON but no object.
  }
  throw new UsageError('--body has to be a JSON object');
}
