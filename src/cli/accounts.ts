import type { Account } from '@credit-ledger/sdk/client.ts';
import { amountOptions, readDecimal, type Amounts } from './amount-text.ts';
import { choiceOf, numberOf, requireText, requireWords, textOf } from './command.ts';
import { shortTime, type Column } from './output.ts';
import { first, keyOption, limitOption, serverCommand } from './server-command.ts';

const types = ['ASSET', 'LIABILITY', 'EQUITY', 'INCOME', 'EXPENSE'] as const;
const statuses = ['ACTIVE', 'SUSPENDED', 'CLOSED'] as const;

const columnsOf = ({ show }: Amounts): readonly Column<Account>[] => [
  { name: 'id', of: ({ id }) => id },
  { name: 'external_id', of: (row) => row.external_id },
  { name: 'name', of: ({ name }) => name },
  { name: 'type', of: ({ type }) => type },
  { name: 'status', of: ({ status }) => status },
  { name: 'currency', of: ({ currency }) => currency },
  { name: 'balance', of: (row) => show(row.balance_minor, row.currency), isNumber: true },
  { name: 'held', of: (row) => show(row.held_minor, row.currency), isNumber: true },
  { name: 'available', of: (row) => show(row.available_minor, row.currency), isNumber: true },
];

const detailOf = (amounts: Amounts): readonly Column<Account>[] => [
  ...columnsOf(amounts),
  { name: 'incoming', of: (row) => amounts.show(row.incoming_minor, row.currency) },
  {
    name: 'credit_limit',
    of: (row) =>
      row.credit_limit_minor === null ? 'none' : amounts.show(row.credit_limit_minor, row.currency),
  },
  { name: 'revision', of: ({ revision }) => revision },
  { name: 'metadata', of: ({ metadata }) => JSON.stringify(metadata) },
  { name: 'created_at', of: (row) => shortTime(row.created_at) },
];

const limitText = {
  'credit-limit-minor': {
    type: 'string',
    value: '<digits|none>',
    describe: 'How far below zero it may go, in minor units; none = no limit',
  },
} as const;

function limitOf(text: string | undefined): bigint | null | undefined {
  if (text === undefined) return undefined;
  return text === 'none' ? null : readDecimal(text, 0, '--credit-limit-minor');
}

export const accountCommands = {
  'accounts list': serverCommand({
    summary: 'List accounts with their balances',
    options: {
      currency: { type: 'string', value: '<code>', describe: 'Of this currency' },
      status: { type: 'string', choices: statuses, describe: 'Of this status' },
      q: { type: 'string', describe: 'Part of the name or the external id' },
      ...limitOption,
    },
    examples: [
      ['credit-ledger accounts list --currency USD', 'a table'],
      ['credit-ledger accounts list --json | jq .id', 'for programs'],
    ],
    run: ({ client, given, amounts, list }) => {
      requireWords(given);
      const query = {
        currency: textOf(given, 'currency'),
        status: choiceOf(given, 'status', statuses),
        q: textOf(given, 'q'),
      };
      return list(columnsOf(amounts), first(client.listAccounts(query), numberOf(given, 'limit')));
    },
  }),
  'accounts show': serverCommand({
    summary: 'Show an account',
    usage: '<id | ext:external-id>',
    run: async ({ client, given, amounts, show }) => {
      const [id = ''] = requireWords(given, 'account');
      return show(detailOf(amounts), await client.readAccount(id, { consistency: 'strong' }));
    },
  }),
  'accounts open': serverCommand({
    summary: 'Open an account',
    options: {
      currency: { type: 'string', value: '<code>', describe: 'Its currency; needed' },
      'external-id': { type: 'string', describe: 'Your own id for it' },
      name: { type: 'string', describe: 'Its name' },
      type: { type: 'string', choices: types, describe: 'LIABILITY when absent, as for customers' },
      ...limitText,
      'opening-balance-minor': {
        type: 'string',
        value: '<digits>',
        describe: 'Deposited as it is opened',
      },
      ...keyOption,
    },
    examples: [
      ['credit-ledger accounts open --currency USD --external-id alice --credit-limit-minor 0', ''],
    ],
    run: async ({ client, given, amounts, call, show }) => {
      requireWords(given);
      const opening = textOf(given, 'opening-balance-minor');
      const account = await client.openAccount(
        {
          currency: requireText(given, 'currency'),
          external_id: textOf(given, 'external-id'),
          name: textOf(given, 'name'),
          type: choiceOf(given, 'type', types),
          credit_limit_minor: limitOf(textOf(given, 'credit-limit-minor')),
          opening_balance_minor:
            opening === undefined ? undefined : readDecimal(opening, 0, '--opening-balance-minor'),
        },
        call,
      );
      return show(detailOf(amounts), account);
    },
  }),
  'accounts update': serverCommand({
    summary: 'Change the name, status or limit of an account',
    usage: '<id | ext:external-id>',
    options: {
      name: { type: 'string', describe: 'Its new name' },
      status: { type: 'string', choices: statuses, describe: 'CLOSED is final' },
      ...limitText,
      ...keyOption,
    },
    run: async ({ client, given, amounts, call, show }) => {
      const [id = ''] = requireWords(given, 'account');
      const change = {
        name: textOf(given, 'name'),
        status: choiceOf(given, 'status', statuses),
        credit_limit_minor: limitOf(textOf(given, 'credit-limit-minor')),
      };
      return show(detailOf(amounts), await client.updateAccount(id, change, call));
    },
  }),
  deposit: depositOrWithdraw('deposit'),
  withdraw: depositOrWithdraw('withdraw'),
};

function depositOrWithdraw(way: 'deposit' | 'withdraw') {
  return serverCommand({
    summary: way === 'deposit' ? 'Pay into an account from outside' : 'Pay out of an account',
    usage: '<id | ext:external-id>',
    options: { ...amountOptions, ...keyOption },
    examples: [[`credit-ledger ${way} ext:alice --amount 12.34`, '']],
    run: async ({ client, given, amounts, call, show }) => {
      const [id = ''] = requireWords(given, 'account');
      const { currency } = await client.readAccount(id, { consistency: 'strong' });
      const amount = await amounts.read(given, currency);
      const body = { amount_minor: amount ?? readDecimal(requireText(given, 'amount'), 0, '--amount') };
      await (way === 'deposit' ? client.deposit(id, body, call) : client.withdraw(id, body, call));
      return show(detailOf(amounts), await client.readAccount(id, { consistency: 'strong' }));
    },
  });
}
