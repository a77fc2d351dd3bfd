import type { DeadLetter, Operation, Projection, Reconciliation } from '@credit-ledger/sdk/client.ts';
import { choiceOf, isGiven, numberOf, requireText, requireWords, textOf } from './command.ts';
import { shortTime, type Column } from './output.ts';
import { first, limitOption, serverCommand, type Asking } from './server-command.ts';
import { waitFor } from './wait-for.ts';

const projectionColumns: readonly Column<Projection>[] = [
  { name: 'projection', of: ({ name }) => name },
  { name: 'state', of: (row) => (row.drifted_at === null ? row.state : `${row.state}, drifted`) },
  { name: 'position', of: ({ position }) => position, isNumber: true },
  { name: 'behind', of: (row) => row.lag_positions, isNumber: true },
  { name: 'seconds', of: (row) => row.lag_seconds.toFixed(1), isNumber: true },
  { name: 'parked', of: ({ parked }) => parked, isNumber: true },
  {
    name: 'operation',
    of: ({ operation: run }) => run && `${run.kind} ${Math.floor(run.progress * 100)} %`,
  },
  { name: 'reason', of: ({ reason }) => reason },
];

const operationColumns: readonly Column<Operation>[] = [
  { name: 'id', of: ({ id }) => id },
  { name: 'projection', of: ({ projection }) => projection },
  { name: 'kind', of: ({ kind }) => kind },
  { name: 'state', of: ({ state }) => state },
  { name: 'position', of: ({ position }) => position },
  { name: 'error', of: ({ error }) => error },
];

const waitOption = {
  'no-wait': { type: 'boolean', describe: 'Come back at once; it goes on by itself' },
} as const;

async function follow(asking: Asking, operation: Operation): Promise<number> {
  if (isGiven(asking.given, 'no-wait')) return asking.show(operationColumns, operation);
  const done = await waitFor(asking.surface, operation.kind, () =>
    asking.client.readOperation(operation.id),
  );
  await asking.show(operationColumns, done);
  return done.state === 'done' ? 0 : 1;
}

function projectionCommand(
  verb: 'start' | 'stop' | 'reset',
  summary: string,
  act: (asking: Asking, name: string) => Promise<number>,
) {
  return serverCommand({
    summary,
    usage: '<name>',
    options: verb === 'reset' ? waitOption : {},
    run: (asking) => act(asking, requireWords(asking.given, 'name')[0] ?? ''),
  });
}

const letterColumns: readonly Column<DeadLetter>[] = [
  { name: 'id', of: ({ id }) => id },
  { name: 'status', of: ({ status }) => status },
  { name: 'consumer', of: ({ consumer }) => consumer },
  { name: 'type', of: ({ type }) => type },
  { name: 'position', of: ({ position }) => position, isNumber: true },
  { name: 'attempts', of: ({ attempts }) => attempts, isNumber: true },
  { name: 'last_failed', of: (row) => shortTime(row.last_failed_at) },
  { name: 'message', of: ({ message }) => message },
];

const redriveColumns = (['redriven', 'failed', 'waiting'] as const).map((name) => ({
  name,
  of: (row: Record<typeof name, number>) => row[name],
}));

const letterStatuses = ['parked', 'waiting', 'redriven', 'discarded'] as const;

const sourceColumns: readonly Column<Source>[] = [
  { name: 'source', of: ({ source }) => source },
  { name: 'checked', of: ({ checked }) => checked, isNumber: true },
  { name: 'drifted', of: ({ drifted }) => drifted, isNumber: true },
  { name: 'note', of: ({ note }) => note },
];

type Source = NonNullable<Reconciliation['report']>['sources'][number];

export const operatingCommands = {
  'projections list': serverCommand({
    summary: 'How the read models stand, and how far behind they are',
    run: async ({ client, list }) => list(projectionColumns, (await client.listProjections()).data),
  }),
  'projections start': projectionCommand(
    'start',
    'Let a projection run again',
    async ({ client, show }, name) => show(projectionColumns, await client.startProjection(name)),
  ),
  'projections stop': projectionCommand('stop', 'Pause a projection', async ({ client, show }, name) =>
    show(projectionColumns, await client.stopProjection(name)),
  ),
  'projections rebuild': serverCommand({
    summary: 'Make a read model again beside the one in use, compare and switch',
    usage: '<name>',
    options: {
      account: { type: 'string', value: '<account>', describe: 'Of this account only' },
      ...waitOption,
    },
    examples: [['credit-ledger projections rebuild balances', 'waits, and shows how far it is']],
    run: async (asking) => {
      const [name = ''] = requireWords(asking.given, 'name');
      const body = { account_id: textOf(asking.given, 'account') };
      return follow(asking, await asking.client.rebuildProjection(name, body));
    },
  }),
  'projections reset': projectionCommand(
    'reset',
    'Empty a read model and make it again; the ledger answers meanwhile',
    async (asking, name) => follow(asking, await asking.client.resetProjection(name)),
  ),
  'projections replay': serverCommand({
    summary: 'Apply the log again from a position on',
    usage: '<name>',
    options: {
      from: { type: 'string', value: '<position>', describe: 'Where to begin; needed' },
      ...waitOption,
    },
    run: async (asking) => {
      const [name = ''] = requireWords(asking.given, 'name');
      requireText(asking.given, 'from');
      const body = { from_position: numberOf(asking.given, 'from') ?? 0 };
      return follow(asking, await asking.client.replayProjection(name, body));
    },
  }),
  'dead-letters list': serverCommand({
    summary: 'List events and commands that a consumer gave up on',
    options: {
      status: { type: 'string', choices: letterStatuses, describe: 'Of this status' },
      consumer: { type: 'string', describe: 'Of this consumer' },
      ...limitOption,
    },
    run: ({ client, given, list }) => {
      const query = {
        status: choiceOf(given, 'status', letterStatuses),
        consumer: textOf(given, 'consumer'),
      };
      return list(letterColumns, first(client.listDeadLetters(query), numberOf(given, 'limit')));
    },
  }),
  'dead-letters show': serverCommand({
    summary: 'Show a dead letter with its payload and error',
    usage: '<id>',
    run: async ({ client, given, show }) => {
      const [id = ''] = requireWords(given, 'id');
      const letter = await client.readDeadLetter(id);
      const columns = [...letterColumns, { name: 'key', of: () => letter.key }];
      return show([...columns, { name: 'payload', of: () => JSON.stringify(letter.payload) }], letter);
    },
  }),
  'dead-letters redrive': serverCommand({
    summary: 'Try a dead letter again, or all of a consumer or with an error',
    usage: '[<id>]',
    options: {
      consumer: { type: 'string', describe: 'All of this consumer' },
      error: { type: 'string', describe: 'All with this class of error' },
    },
    run: async ({ client, given, show }) => {
      const [id] = given.positionals;
      const body = { consumer: textOf(given, 'consumer'), error: textOf(given, 'error') };
      const result =
        id === undefined ? await client.redriveDeadLetters(body) : await client.redriveDeadLetter(id);
      await show(redriveColumns, result);
      return result.failed === 0 ? 0 : 1;
    },
  }),
  'dead-letters discard': serverCommand({
    summary: 'Give a dead letter up, and let go on what waits behind it',
    usage: '<id>',
    options: { reason: { type: 'string', describe: 'Kept with it; needed' } },
    run: async ({ client, given, show }) => {
      const [id = ''] = requireWords(given, 'id');
      const result = await client.discardDeadLetter(id, { reason: requireText(given, 'reason') });
      return show(redriveColumns, result);
    },
  }),
  reconcile: serverCommand({
    summary: 'Compare balances, read models and topics with the journal; ends with 1 where they differ',
    options: waitOption,
    run: async ({ client, given, list, surface }) => {
      const begun = await client.requestReconciliation();
      if (isGiven(given, 'no-wait')) {
        surface.out(`${begun.id}\n`);
        return 0;
      }
      const { report, error } = await waitFor(surface, 'reconciling', () =>
        client.readReconciliation(begun.id),
      );
      if (report === null) throw new Error(error ?? 'the reconciliation ended without a report');
      await list(sourceColumns, report.sources);
      for (const { differences } of report.sources)
        for (const row of differences) surface.err(`${JSON.stringify(row, bigintText)}\n`);
      return report.drifted === 0 ? 0 : 1;
    },
  }),
};

function bigintText(_name: string, value: unknown): unknown {
  return typeof value === 'bigint' ? String(value) : value;
}
