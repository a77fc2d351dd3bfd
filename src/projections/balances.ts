import type { Account } from '@credit-ledger/contract/gen/ledger/v1/events_pb.ts';
import { Side } from '@credit-ledger/contract/gen/ledger/v1/events_pb.ts';
import { appendRows, free, insertRows, plain, time, type Column } from './columns.ts';
import type { DecodedEvent } from './decoded-event.ts';
import type { AccountState } from './event-messages.ts';
import { textOrNull, type Effect, type Projection, type Target } from './projection.ts';

interface StateRow {
  readonly state: AccountState;
  readonly position: number;
  readonly recordedAt: number;
}

interface AccountRow {
  readonly account: Account;
  readonly position: number;
  readonly recordedAt: number;
}

/** Each account at its highest version, and at every version that an event showed. */
export const balances: Projection = {
  name: 'balances',
  version: 1,
  isIdempotent: true,
  account: {
    from: 'account',
    delete: [
      'delete from read_models.accounts where id = $1',
      'delete from read_models.balances where account_id = $1',
      'delete from read_models.balance_history where account_id = $1',
      'delete from read_models.limit_history where account_id = $1',
    ],
  },
  tables: [
    {
      name: 'accounts',
      keys: ['id'],
      compared: [
        'ledger',
        'external_id',
        'type',
        'normal_side',
        'currency',
        'name',
        'status',
        'credit_limit_minor',
        'credit_limit_schedule',
        'metadata',
        'revision',
        'created_at',
      ],
      sums: ['revision'],
    },
    {
      name: 'balances',
      keys: ['account_id'],
      compared: [
        'debits_minor',
        'credits_minor',
        'balance_minor',
        'held_minor',
        'incoming_minor',
        'version',
      ],
      sums: ['debits_minor', 'credits_minor', 'balance_minor', 'version'],
    },
    {
      name: 'balance_history',
      isAppended: true,
      keys: ['account_id', 'recorded_at', 'version'],
      compared: ['debits_minor', 'credits_minor', 'held_minor', 'incoming_minor'],
      sums: ['debits_minor', 'credits_minor', 'version'],
    },
    {
      name: 'limit_history',
      isAppended: true,
      keys: ['account_id', 'revision'],
      compared: ['status', 'credit_limit_minor', 'recorded_at'],
      sums: ['revision'],
    },
  ],
  // The highest version of each account is in its history.
  afterBulk: `insert into read_models.balances_next (account_id, debits_minor, credits_minor, balance_minor,
      held_minor, incoming_minor, version, updated_at, position)
    select distinct on (h.account_id) h.account_id, h.debits_minor, h.credits_minor,
      case a.normal_side when 'DEBIT' then h.debits_minor - h.credits_minor
        else h.credits_minor - h.debits_minor end,
      h.held_minor, h.incoming_minor, h.version, h.recorded_at, h.position
    from read_models.balance_history_next h join read_models.accounts_next a on a.id = h.account_id
    order by h.account_id, h.version desc`,
  fold: (events, target) => {
    const { states, accounts } = collect(events);
    const effects: Effect[] = [];
    if (states.length > 0) {
      if (target !== 'bulk') effects.push(upsertBalances(highest(states), target));
      effects.push(appendRows('balance_history', historyColumns, states, target));
    }
    if (accounts.length > 0)
      effects.push(
        upsertAccounts(newest(accounts), target),
        appendRows('limit_history', limitColumns, accounts, target),
      );
    return effects;
  },
};

function collect(events: readonly DecodedEvent[]) {
  const states: StateRow[] = [];
  const accounts: AccountRow[] = [];
  for (const event of events) {
    const { position, recordedAt } = event.message;
    for (const state of event.states) states.push({ state, position, recordedAt });
    if (event.account !== undefined) accounts.push({ account: event.account, position, recordedAt });
  }
  return { states, accounts };
}

/** One row an account, in the order of ids, so that two processes never wait for each other in a circle. */
function highest(rows: readonly StateRow[]): StateRow[] {
  const byAccount = new Map<string, StateRow>();
  for (const row of rows) {
    const known = byAccount.get(row.state.accountId);
    if (known === undefined || known.state.version < row.state.version)
      byAccount.set(row.state.accountId, row);
  }
  return [...byAccount.values()].toSorted((a, b) => (a.state.accountId < b.state.accountId ? -1 : 1));
}

function newest(rows: readonly AccountRow[]): AccountRow[] {
  const byAccount = new Map<string, AccountRow>();
  for (const row of rows) {
    const known = byAccount.get(row.account.accountId);
    if (known === undefined || known.account.revision < row.account.revision)
      byAccount.set(row.account.accountId, row);
  }
  return [...byAccount.values()].toSorted((a, b) =>
    a.account.accountId < b.account.accountId ? -1 : 1,
  );
}

const balanceColumns: readonly Column<StateRow>[] = [
  plain('account_id', 'uuid', ({ state }) => state.accountId),
  plain('debits_minor', 'bigint', ({ state }) => state.debitsMinor),
  plain('credits_minor', 'bigint', ({ state }) => state.creditsMinor),
  plain('balance_minor', 'bigint', ({ state }) => state.balanceMinor),
  plain('held_minor', 'bigint', ({ state }) => state.heldMinor),
  plain('incoming_minor', 'bigint', ({ state }) => state.incomingMinor),
  plain('version', 'bigint', ({ state }) => state.version),
  time('updated_at', (row) => row.recordedAt),
  plain('position', 'bigint', (row) => row.position),
];

function upsertBalances(rows: readonly StateRow[], target: Target): Effect {
  const onConflict = `(account_id) do update set debits_minor = excluded.debits_minor,
    credits_minor = excluded.credits_minor, balance_minor = excluded.balance_minor,
    held_minor = excluded.held_minor, incoming_minor = excluded.incoming_minor,
    version = excluded.version, updated_at = excluded.updated_at, position = excluded.position
    where excluded.version > t.version`;
  return insertRows('balances', balanceColumns, rows, { target, onConflict });
}

const historyColumns: readonly Column<StateRow>[] = [
  plain('account_id', 'uuid', ({ state }) => state.accountId),
  time('recorded_at', (row) => row.recordedAt),
  plain('version', 'bigint', ({ state }) => state.version),
  plain('position', 'bigint', (row) => row.position),
  plain('debits_minor', 'bigint', ({ state }) => state.debitsMinor),
  plain('credits_minor', 'bigint', ({ state }) => state.creditsMinor),
  plain('held_minor', 'bigint', ({ state }) => state.heldMinor),
  plain('incoming_minor', 'bigint', ({ state }) => state.incomingMinor),
];

const accountColumns: readonly Column<AccountRow>[] = [
  plain('id', 'uuid', ({ account }) => account.accountId),
  free('ledger', ({ account }) => account.ledger),
  free('external_id', ({ account }) => textOrNull(account.externalId)),
  free('type', ({ account }) => account.type),
  plain('normal_side', 'text', ({ account }) =>
    account.normalSide === Side.DEBIT ? 'DEBIT' : 'CREDIT',
  ),
  free('currency', ({ account }) => account.currency),
  free('name', ({ account }) => textOrNull(account.name)),
  free('status', ({ account }) => account.status),
  plain('credit_limit_minor', 'bigint', ({ account }) => account.creditLimitMinor ?? null),
  free('credit_limit_schedule', ({ account }) => writeSchedule(account)),
  free('metadata', ({ account }) => account.metadataJson),
  plain('revision', 'bigint', ({ account }) => account.revision),
  time('created_at', ({ account }) => account.createdUnixMs),
  time('updated_at', (row) => row.recordedAt),
  plain('position', 'bigint', (row) => row.position),
];

function upsertAccounts(rows: readonly AccountRow[], target: Target): Effect {
  const onConflict = `(id) do update set name = excluded.name, status = excluded.status,
    credit_limit_minor = excluded.credit_limit_minor,
    credit_limit_schedule = excluded.credit_limit_schedule, metadata = excluded.metadata,
    revision = excluded.revision, updated_at = excluded.updated_at, position = excluded.position
    where excluded.revision > t.revision`;
  return insertRows('accounts', accountColumns, rows, { target, onConflict });
}

/** As the ledger keeps it. */
function writeSchedule({ creditLimitSchedule }: Account): string {
  const rows = creditLimitSchedule.map(
    ({ fromUnixMs, limitMinor }) => `{"from":${fromUnixMs},"limit_minor":${limitMinor ?? 'null'}}`,
  );
  return `[${rows.join(',')}]`;
}

const limitColumns: readonly Column<AccountRow>[] = [
  plain('account_id', 'uuid', ({ account }) => account.accountId),
  plain('revision', 'bigint', ({ account }) => account.revision),
  time('recorded_at', (row) => row.recordedAt),
  plain('position', 'bigint', (row) => row.position),
  free('status', ({ account }) => account.status),
  plain('credit_limit_minor', 'bigint', ({ account }) => account.creditLimitMinor ?? null),
];
