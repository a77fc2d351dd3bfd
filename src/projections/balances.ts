import type { Account, AccountState } from '@credit-ledger/contract/gen/ledger/v1/events_pb.ts';
import { Side } from '@credit-ledger/contract/gen/ledger/v1/events_pb.ts';
import { plainColumn, textColumn } from '../postgres/array-parameters.ts';
import type { DecodedEvent } from './decoded-event.ts';
import { textOrNull, timeText, type Effect, type Projection, type Suffix } from './projection.ts';

interface StateRow {
  readonly state: AccountState;
  readonly position: number;
  readonly recordedAt: string;
}

interface AccountRow {
  readonly account: Account;
  readonly position: number;
  readonly recordedAt: string;
}

/** Each account at its highest version, and at every version that an event showed. */
export const balances: Projection = {
  name: 'balances',
  version: 1,
  isIdempotent: true,
  deleteAccount: [
    'delete from read_models.accounts where id = $1',
    'delete from read_models.balances where account_id = $1',
    'delete from read_models.balance_history where account_id = $1',
    'delete from read_models.limit_history where account_id = $1',
  ],
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
      keys: ['account_id', 'recorded_at', 'version'],
      compared: ['debits_minor', 'credits_minor', 'held_minor', 'incoming_minor'],
      sums: ['debits_minor', 'credits_minor', 'version'],
    },
    {
      name: 'limit_history',
      keys: ['account_id', 'revision'],
      compared: ['status', 'credit_limit_minor', 'recorded_at'],
      sums: ['revision'],
    },
  ],
  fold: (events, suffix) => {
    const { states, accounts } = collect(events);
    const effects: Effect[] = [];
    if (states.length > 0)
      effects.push(upsertBalances(highest(states), suffix), insertHistory(states, suffix));
    if (accounts.length > 0)
      effects.push(upsertAccounts(newest(accounts), suffix), insertLimits(accounts, suffix));
    return effects;
  },
};

function collect(events: readonly DecodedEvent[]) {
  const states: StateRow[] = [];
  const accounts: AccountRow[] = [];
  for (const event of events) {
    const { position } = event.message;
    const recordedAt = timeText(event.message.recordedAt);
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

function upsertBalances(rows: readonly StateRow[], suffix: Suffix): Effect {
  return {
    name: `project-balances${suffix}`,
    text: `insert into read_models.balances${suffix} as b (account_id, debits_minor, credits_minor,
        balance_minor, held_minor, incoming_minor, version, updated_at, position)
      select * from unnest($1::uuid[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[],
        $6::bigint[], $7::bigint[], $8::timestamptz[], $9::bigint[])
      on conflict (account_id) do update set debits_minor = excluded.debits_minor,
        credits_minor = excluded.credits_minor, balance_minor = excluded.balance_minor,
        held_minor = excluded.held_minor, incoming_minor = excluded.incoming_minor,
        version = excluded.version, updated_at = excluded.updated_at, position = excluded.position
      where excluded.version > b.version`,
    values: [
      plainColumn(rows, ({ state }) => state.accountId),
      plainColumn(rows, ({ state }) => state.debitsMinor),
      plainColumn(rows, ({ state }) => state.creditsMinor),
      plainColumn(rows, ({ state }) => state.balanceMinor),
      plainColumn(rows, ({ state }) => state.heldMinor),
      plainColumn(rows, ({ state }) => state.incomingMinor),
      plainColumn(rows, ({ state }) => state.version),
      plainColumn(rows, (row) => row.recordedAt),
      plainColumn(rows, (row) => row.position),
    ],
  };
}

function insertHistory(rows: readonly StateRow[], suffix: Suffix): Effect {
  return {
    name: `project-balance-history${suffix}`,
    text: `insert into read_models.balance_history${suffix} (account_id, recorded_at, version, position,
        debits_minor, credits_minor, held_minor, incoming_minor)
      select * from unnest($1::uuid[], $2::timestamptz[], $3::bigint[], $4::bigint[], $5::bigint[],
        $6::bigint[], $7::bigint[], $8::bigint[])
      on conflict do nothing`,
    values: [
      plainColumn(rows, ({ state }) => state.accountId),
      plainColumn(rows, (row) => row.recordedAt),
      plainColumn(rows, ({ state }) => state.version),
      plainColumn(rows, (row) => row.position),
      plainColumn(rows, ({ state }) => state.debitsMinor),
      plainColumn(rows, ({ state }) => state.creditsMinor),
      plainColumn(rows, ({ state }) => state.heldMinor),
      plainColumn(rows, ({ state }) => state.incomingMinor),
    ],
  };
}

function upsertAccounts(rows: readonly AccountRow[], suffix: Suffix): Effect {
  return {
    name: `project-accounts${suffix}`,
    text: `insert into read_models.accounts${suffix} as a (id, ledger, external_id, type, normal_side,
        currency, name, status, credit_limit_minor, credit_limit_schedule, metadata, revision, created_at,
        updated_at, position)
      select * from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[],
        $7::text[], $8::text[], $9::bigint[], $10::text[], $11::text[], $12::bigint[],
        $13::timestamptz[], $14::timestamptz[], $15::bigint[])
      on conflict (id) do update set name = excluded.name, status = excluded.status,
        credit_limit_minor = excluded.credit_limit_minor,
        credit_limit_schedule = excluded.credit_limit_schedule, metadata = excluded.metadata,
        revision = excluded.revision, updated_at = excluded.updated_at, position = excluded.position
      where excluded.revision > a.revision`,
    values: [
      plainColumn(rows, ({ account }) => account.accountId),
      textColumn(rows, ({ account }) => account.ledger),
      textColumn(rows, ({ account }) => textOrNull(account.externalId)),
      textColumn(rows, ({ account }) => account.type),
      plainColumn(rows, ({ account }) => (account.normalSide === Side.DEBIT ? 'DEBIT' : 'CREDIT')),
      textColumn(rows, ({ account }) => account.currency),
      textColumn(rows, ({ account }) => textOrNull(account.name)),
      textColumn(rows, ({ account }) => account.status),
      plainColumn(rows, ({ account }) => account.creditLimitMinor ?? null),
      textColumn(rows, ({ account }) => writeSchedule(account)),
      textColumn(rows, ({ account }) => account.metadataJson),
      plainColumn(rows, ({ account }) => account.revision),
      plainColumn(rows, ({ account }) => timeText(account.createdUnixMs)),
      plainColumn(rows, (row) => row.recordedAt),
      plainColumn(rows, (row) => row.position),
    ],
  };
}

/** As the ledger keeps it. */
function writeSchedule({ creditLimitSchedule }: Account): string {
  const rows = creditLimitSchedule.map(
    ({ fromUnixMs, limitMinor }) => `{"from":${fromUnixMs},"limit_minor":${limitMinor ?? 'null'}}`,
  );
  return `[${rows.join(',')}]`;
}

function insertLimits(rows: readonly AccountRow[], suffix: Suffix): Effect {
  return {
    name: `project-limit-history${suffix}`,
    text: `insert into read_models.limit_history${suffix} (account_id, revision, recorded_at, position,
        status, credit_limit_minor)
      select * from unnest($1::uuid[], $2::bigint[], $3::timestamptz[], $4::bigint[], $5::text[],
        $6::bigint[])
      on conflict do nothing`,
    values: [
      plainColumn(rows, ({ account }) => account.accountId),
      plainColumn(rows, ({ account }) => account.revision),
      plainColumn(rows, (row) => row.recordedAt),
      plainColumn(rows, (row) => row.position),
      textColumn(rows, ({ account }) => account.status),
      plainColumn(rows, ({ account }) => account.creditLimitMinor ?? null),
    ],
  };
}
