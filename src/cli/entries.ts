import type { Entry, LedgerEvent, StatementLine } from '@credit-ledger/sdk/client.ts';
import { readStatementFormats } from '@credit-ledger/sdk/gen/formats.ts';
import type { Amounts } from './amount-text.ts';
import { choiceOf, isGiven, listOf, numberOf, requireWords, textOf } from './command.ts';
import { shortTime, toJson, writeAnswer, type Column } from './output.ts';
import { stringifyJson } from '@credit-ledger/contract/json.ts';
import { first, limitOption, serverCommand } from './server-command.ts';

type Line = Entry['lines'][number];

/** A line of an entry with what it is a line of. */
interface EntryLine extends Line {
  readonly entry: Entry;
}

const lineColumns = ({ show }: Amounts): readonly Column<EntryLine>[] => [
  { name: 'number', of: ({ entry }) => entry.entry_number, isNumber: true },
  { name: 'posted_at', of: ({ entry }) => shortTime(entry.posted_at) },
  { name: 'account', of: (row) => row.account_id },
  { name: 'debit', of: (row) => amountOn('DEBIT', row, show), isNumber: true },
  { name: 'credit', of: (row) => amountOn('CREDIT', row, show), isNumber: true },
  { name: 'currency', of: ({ currency }) => currency },
  { name: 'balance_after', of: (row) => show(row.balance_after_minor, row.currency), isNumber: true },
  { name: 'description', of: ({ entry }) => entry.description },
];

function amountOn(side: Line['side'], line: Line, show: Amounts['show']): Promise<string> | string {
  return line.side === side ? show(line.amount_minor, line.currency) : '';
}

const statementColumns = (amounts: Amounts, currency: string): readonly Column<StatementLine>[] => [
  { name: 'posted_at', of: (row) => shortTime(row.posted_at) },
  { name: 'number', of: (row) => row.entry_number, isNumber: true },
  {
    name: 'debit',
    of: (row) => (row.side === 'DEBIT' ? amounts.show(row.amount_minor, currency) : ''),
    isNumber: true,
  },
  {
    name: 'credit',
    of: (row) => (row.side === 'CREDIT' ? amounts.show(row.amount_minor, currency) : ''),
    isNumber: true,
  },
  { name: 'balance', of: (row) => amounts.show(row.balance_after_minor, currency), isNumber: true },
  { name: 'counterparty', of: (row) => row.counterparty_account_id },
  { name: 'description', of: ({ description }) => description },
];

async function* linesOf(entries: AsyncIterable<Entry>): AsyncGenerator<EntryLine> {
  for await (const entry of entries) for (const line of entry.lines) yield { ...line, entry };
}

const eventColumns: readonly Column<LedgerEvent>[] = [
  { name: 'position', of: ({ position }) => position, isNumber: true },
  { name: 'recorded_at', of: (row) => shortTime(row.recorded_at) },
  { name: 'type', of: ({ type }) => type.padEnd(17) },
  { name: 'key', of: ({ key }) => key },
];

const eventOptions = {
  after: { type: 'string', value: '<position>', describe: 'Events after it' },
  types: { type: 'string', value: '<A,B>', describe: 'Of these types only' },
  account: { type: 'string', value: '<account>', describe: 'That this account has a part in' },
} as const;

export const journalCommands = {
  'entries list': serverCommand({
    summary: 'List the journal, line by line; with --json entry by entry',
    options: {
      after: { type: 'string', value: '<number>', describe: 'Entries with a higher number' },
      transfer: { type: 'string', value: '<id>', describe: 'Of this transfer' },
      ...limitOption,
    },
    run: ({ client, given, amounts, list }) => {
      requireWords(given);
      const query = { after_number: numberOf(given, 'after'), transfer_id: textOf(given, 'transfer') };
      const entries = first(client.listEntries(query), numberOf(given, 'limit'));
      return isGiven(given, 'json')
        ? list<Entry>([], entries)
        : list(lineColumns(amounts), linesOf(entries));
    },
  }),
  'entries show': serverCommand({
    summary: 'Show an entry of the journal',
    usage: '<id>',
    run: async ({ client, given, amounts, list, show }) => {
      const [id = ''] = requireWords(given, 'id');
      const entry = await client.readEntry(id, { consistency: 'strong' });
      if (isGiven(given, 'json')) return show<Entry>([], entry);
      return list(
        lineColumns(amounts),
        entry.lines.map((line) => ({ ...line, entry })),
      );
    },
  }),
  statement: serverCommand({
    summary: 'Show the statement of an account, or write it to a file as the server makes it',
    usage: '<id | ext:external-id>',
    options: {
      from: { type: 'string', value: '<time>', describe: 'Its first moment' },
      to: { type: 'string', value: '<time>', describe: 'The moment after its last; now when absent' },
      by: { type: 'string', choices: ['recorded', 'effective'], describe: 'Which time counts' },
      format: { type: 'string', choices: readStatementFormats, describe: 'As the server writes it' },
      out: { type: 'string', value: '<file>', describe: 'Where that goes; standard output when absent' },
      ...limitOption,
    },
    examples: [
      ['credit-ledger statement ext:alice --from 2026-03-01T00:00:00Z', ''],
      ['credit-ledger statement ext:alice --format csv --out alice.csv', ''],
    ],
    run: async ({ client, given, amounts, list, surface }) => {
      const [id = ''] = requireWords(given, 'account');
      const by = choiceOf(given, 'by', ['recorded', 'effective'] as const);
      const query = { from: textOf(given, 'from'), to: textOf(given, 'to'), by };
      const format = choiceOf(given, 'format', readStatementFormats);
      if (format !== undefined) {
        await writeAnswer(await client.downloadStatement(id, format, query), textOf(given, 'out'));
        return 0;
      }
      const { currency } = await client.readAccount(id, { consistency: 'strong' });
      const lines = client.statementLines(id, { ...query, consistency: 'strong' });
      if (!isGiven(given, 'json') && !isGiven(given, 'csv')) surface.err(`${currency}\n`);
      return list(statementColumns(amounts, currency), first(lines, numberOf(given, 'limit')));
    },
  }),
  'events list': serverCommand({
    summary: 'List the events of the ledger',
    options: { ...eventOptions, ...limitOption },
    run: ({ client, given, list }) => {
      requireWords(given);
      const query = {
        after_position: numberOf(given, 'after'),
        types: listOf(given, 'types'),
        account_id: textOf(given, 'account'),
      };
      return list(eventColumns, first(client.listEvents(query), numberOf(given, 'limit')));
    },
  }),
  'events tail': serverCommand({
    summary: 'Follow the events as they are committed, until it is stopped',
    options: { ...eventOptions, ...limitOption },
    examples: [
      ['credit-ledger events tail --types TransferCompleted,TransferFailed', ''],
      ['credit-ledger events tail --json --after 0 > events.ndjson', 'all of them, and then the next'],
    ],
    run: async ({ client, given, surface }) => {
      requireWords(given);
      const feed = client.followEvents(
        {
          after_position: numberOf(given, 'after'),
          types: listOf(given, 'types'),
          account_id: textOf(given, 'account'),
        },
        {
          onState: (state, why) =>
            surface.err(state === 'open' ? '' : `waiting: ${why?.message ?? 'the feed ended'}\n`),
        },
      );
      for await (const event of first(feed, numberOf(given, 'limit'))) {
        const { position, recorded_at: at, type, key } = event;
        const line = `${String(position).padStart(9)}  ${shortTime(at)}  ${type.padEnd(17)}  ${key}`;
        surface.out(`${isGiven(given, 'json') ? stringifyJson(toJson(event)) : line}\n`);
      }
      return 0;
    },
  }),
};
