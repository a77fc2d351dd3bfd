import type { PostTransferBody, Transfer } from '@credit-ledger/sdk/client.ts';
import { amountOptions, type Amounts } from './amount-text.ts';
import {
  choiceOf,
  isGiven,
  numberOf,
  requireText,
  requireWords,
  textOf,
  UsageError,
} from './command.ts';
import { shortTime, type Column } from './output.ts';
import { first, keyOption, limitOption, serverCommand, type Asking } from './server-command.ts';

const statuses = [
  'COMPLETED',
  'FAILED',
  'HELD',
  'VOIDED',
  'EXPIRED',
  'INITIATED',
  'SCHEDULED',
  'CANCELLED',
] as const;

const columnsOf = ({ show }: Amounts): readonly Column<Transfer>[] => [
  { name: 'id', of: ({ id }) => id },
  { name: 'status', of: ({ status }) => status },
  { name: 'from', of: ({ from }) => from },
  { name: 'to', of: ({ to }) => to },
  { name: 'amount', of: (row) => show(row.amount_minor, row.currency), isNumber: true },
  { name: 'currency', of: ({ currency }) => currency },
  { name: 'created_at', of: (row) => shortTime(row.created_at) },
  { name: 'description', of: ({ description }) => description },
];

const detailOf = (amounts: Amounts): readonly Column<Transfer>[] => [
  ...columnsOf(amounts),
  { name: 'held', of: (row) => amounts.show(row.held_minor, row.currency) },
  { name: 'settled', of: (row) => amounts.show(row.settled_minor, row.currency) },
  { name: 'reversed', of: (row) => amounts.show(row.reversed_minor, row.currency) },
  { name: 'reverses', of: ({ reverses }) => reverses },
  { name: 'entry_number', of: (row) => row.entry_number },
  { name: 'failure', of: ({ failure }) => failure && `${failure.code}: ${failure.detail}` },
  { name: 'external_id', of: (row) => row.external_id },
  { name: 'expires_at', of: (row) => row.expires_at },
  { name: 'execute_at', of: (row) => row.execute_at },
  { name: 'position', of: ({ position }) => position },
];

const postOptions = {
  from: { type: 'string', value: '<account>', describe: 'The account that is debited; needed' },
  to: { type: 'string', value: '<account>', describe: 'The account that is credited; needed' },
  ...amountOptions,
  currency: { type: 'string', value: '<code>', describe: 'That of the accounts; needed' },
  description: { type: 'string', describe: 'What it is for' },
  'external-id': { type: 'string', describe: 'Your own id for it' },
  ...keyOption,
} as const;

async function bodyOf({ given, amounts }: Asking): Promise<PostTransferBody> {
  requireWords(given);
  const currency = requireText(given, 'currency');
  const amount = await amounts.read(given, currency);
  if (amount === undefined) throw new UsageError('--amount or --amount-minor is missing');
  return {
    from: requireText(given, 'from'),
    to: requireText(given, 'to'),
    amount_minor: amount,
    currency,
    description: textOf(given, 'description'),
    external_id: textOf(given, 'external-id'),
  };
}

export const transferCommands = {
  'transfers list': serverCommand({
    summary: 'List transfers, the newest first',
    options: {
      account: { type: 'string', value: '<account>', describe: 'That this account has a part in' },
      status: { type: 'string', choices: statuses, describe: 'Of this status' },
      'external-id': { type: 'string', describe: 'With this id of yours' },
      ...limitOption,
    },
    examples: [['credit-ledger transfers list --account ext:alice --status FAILED --limit 20', '']],
    run: ({ client, given, amounts, list }) => {
      requireWords(given);
      const query = {
        account_id: textOf(given, 'account'),
        status: choiceOf(given, 'status', statuses),
        external_id: textOf(given, 'external-id'),
      };
      return list(columnsOf(amounts), first(client.listTransfers(query), numberOf(given, 'limit')));
    },
  }),
  'transfers show': serverCommand({
    summary: 'Show a transfer',
    usage: '<id>',
    run: async ({ client, given, amounts, show }) => {
      const [id = ''] = requireWords(given, 'id');
      return show(detailOf(amounts), await client.readTransfer(id, { consistency: 'strong' }));
    },
  }),
  'transfers post': serverCommand({
    summary: 'Move an amount from one account to another',
    options: {
      ...postOptions,
      later: { type: 'boolean', describe: 'Accept it now and run it later' },
      preview: { type: 'boolean', describe: 'Say what would happen, and do nothing' },
    },
    examples: [
      [
        'credit-ledger transfers post --from ext:alice --to ext:bob --amount 12.34 --currency USD',
        '12.34 USD',
      ],
    ],
    run: async (asking) => {
      const { client, given, amounts, call, show, surface } = asking;
      const body = await bodyOf(asking);
      if (isGiven(given, 'preview')) {
        const { allowed, error, accounts } = await client.preview(body);
        surface.err(allowed ? 'It would be done.\n' : `It would be refused: ${error?.detail}.\n`);
        await asking.list(previewColumns(amounts), accounts);
        return allowed ? 0 : 1;
      }
      const options = { ...call, respondAsync: isGiven(given, 'later') };
      return show(detailOf(amounts), await client.postTransfer(body, options));
    },
  }),
  'transfers timeline': serverCommand({
    summary: 'Show the events of a transfer, with when each was committed, published and projected',
    usage: '<id>',
    run: async ({ client, given, list }) => {
      const [id = ''] = requireWords(given, 'id');
      const columns = [
        'position',
        'type',
        'status',
        'committed_at',
        'published_at',
        'projected_at',
      ] as const;
      const { events } = await client.readTimeline(id);
      return list(
        columns.map((name) => ({ name, of: (row: (typeof events)[number]) => row[name] })),
        events,
      );
    },
  }),
  'transfers cancel': serverCommand({
    summary: 'Cancel a transfer that is scheduled',
    usage: '<id>',
    options: keyOption,
    run: async ({ client, given, amounts, call, show }) => {
      const [id = ''] = requireWords(given, 'id');
      return show(detailOf(amounts), await client.cancelTransfer(id, {}, call));
    },
  }),
  hold: serverCommand({
    summary: 'Reserve an amount now, to be settled or voided later',
    options: {
      ...postOptions,
      expires: { type: 'string', value: '<seconds>', describe: 'Released by itself after so long' },
    },
    examples: [
      [
        'credit-ledger hold --from ext:alice --to ext:shop --amount 20 --currency USD --expires 3600',
        '',
      ],
      ['credit-ledger settle 0190f3a0-… --amount-minor 1500', 'the rest is released'],
    ],
    run: async (asking) => {
      const { client, given, amounts, call, show } = asking;
      const seconds = numberOf(given, 'expires');
      const hold = seconds === undefined ? true : { expires_in_seconds: seconds };
      return show(
        detailOf(amounts),
        await client.postTransfer({ ...(await bodyOf(asking)), hold }, call),
      );
    },
  }),
  settle: serverCommand({
    summary: 'Move what a hold has reserved, wholly or in part',
    usage: '<id>',
    options: {
      ...amountOptions,
      'keep-remaining': { type: 'boolean', describe: 'Keep the rest reserved, for another settlement' },
      ...keyOption,
    },
    run: async ({ client, given, amounts, call, show }) => {
      const [id = ''] = requireWords(given, 'id');
      const { currency } = await client.readTransfer(id, { consistency: 'strong' });
      const body = {
        amount_minor: await amounts.read(given, currency),
        keep_remaining: isGiven(given, 'keep-remaining') ? true : undefined,
      };
      return show(detailOf(amounts), await client.settleHold(id, body, call));
    },
  }),
  void: serverCommand({
    summary: 'Release what a hold has reserved',
    usage: '<id>',
    options: keyOption,
    run: async ({ client, given, amounts, call, show }) => {
      const [id = ''] = requireWords(given, 'id');
      return show(detailOf(amounts), await client.voidHold(id, {}, call));
    },
  }),
  reverse: serverCommand({
    summary: 'Undo a transfer by a new one, wholly or in part',
    usage: '<id>',
    options: {
      ...amountOptions,
      reason: { type: 'string', describe: 'Kept with the reversal' },
      force: { type: 'boolean', describe: 'Also against limits; needs an admin key' },
      ...keyOption,
    },
    run: async ({ client, given, amounts, call, show }) => {
      const [id = ''] = requireWords(given, 'id');
      const { currency } = await client.readTransfer(id, { consistency: 'strong' });
      const body = {
        amount_minor: await amounts.read(given, currency),
        reason: textOf(given, 'reason'),
        force: isGiven(given, 'force') ? true : undefined,
      };
      return show(detailOf(amounts), await client.reverseTransfer(id, body, call));
    },
  }),
};

interface PreviewedAccount {
  readonly id: string;
  readonly currency: string;
  readonly balance_minor: bigint;
  readonly available_minor: bigint;
}

const previewColumns = ({ show }: Amounts): readonly Column<PreviewedAccount>[] => [
  { name: 'account', of: ({ id }) => id },
  { name: 'balance_after', of: (row) => show(row.balance_minor, row.currency), isNumber: true },
  { name: 'available_after', of: (row) => show(row.available_minor, row.currency), isNumber: true },
];
