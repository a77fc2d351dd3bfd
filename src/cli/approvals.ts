import type { Approval } from '@credit-ledger/sdk/client.ts';
import { choiceOf, numberOf, requireWords, textOf } from './command.ts';
import { shortTime, type Column } from './output.ts';
import { first, limitOption, serverCommand } from './server-command.ts';

const columns: readonly Column<Approval>[] = [
  { name: 'id', of: ({ id }) => id },
  { name: 'state', of: ({ state }) => state },
  { name: 'ledger', of: ({ ledger }) => ledger },
  { name: 'request', of: ({ method, path }) => `${method} ${path}` },
  { name: 'by', of: (row) => row.requested_by },
  { name: 'until', of: (row) => shortTime(row.expires_at) },
  { name: 'decided_by', of: (row) => row.decided_by },
  { name: 'answer', of: (row) => row.answer_status, isNumber: true },
];

const states = ['pending', 'approved', 'done', 'refused', 'rejected', 'expired'] as const;

/** What waits for a second administrator (`FOUR_EYES`). */
export const approvalCommands = {
  'approvals list': serverCommand({
    summary: 'List the requests that wait for another administrator, and what became of them',
    options: {
      ...limitOption,
      state: { type: 'string', value: '<state>', describe: states.join(', ') },
    },
    examples: [['credit-ledger approvals list --state pending', '']],
    run: ({ client, given, list }) => {
      requireWords(given);
      const approvals = client.listApprovals({ state: choiceOf(given, 'state', states) });
      return list(columns, first(approvals, numberOf(given, 'limit')));
    },
  }),
  'approvals approve': serverCommand({
    summary: 'Have a request carried out that another administrator made',
    usage: '<id>',
    run: async ({ client, given, show }) => {
      const [id = ''] = requireWords(given, 'id');
      return show(columns, await client.approveRequest(id));
    },
  }),
  'approvals reject': serverCommand({
    summary: 'Refuse a request that another administrator made',
    usage: '<id>',
    options: { reason: { type: 'string', value: '<text>', describe: 'Why' } },
    run: async ({ client, given, show }) => {
      const [id = ''] = requireWords(given, 'id');
      return show(columns, await client.rejectRequest(id, { reason: textOf(given, 'reason') }));
    },
  }),
};
