-- How far each projection is, and what is wanted of it.
create table read_models.projections (
  name text primary key,
  -- Which generation of its tables is read: a rebuild that is switched to is the next.
  generation integer not null default 1,
  -- paused: by an operator; stopped: by itself, the reason says why.
  state text not null default 'running' check (state in ('running', 'paused', 'stopped')),
  reason text,
  -- Everything up to here is in the tables, whatever its partition.
  base_position bigint not null default 0,
  changed_at timestamptz not null default clock_timestamp()
) with (fillfactor = 50);

create table read_models.checkpoints (
  projection text not null references read_models.projections (name),
  partition text not null,
  position bigint not null,
  -- When the last event that was applied had been recorded.
  recorded_at timestamptz not null,
  primary key (projection, partition)
) with (fillfactor = 50);

-- Rebuilds, also of one account, and replays: they go on where they were when a process that ran them died.
create table read_models.operations (
  id uuid primary key,
  number bigint generated always as identity unique,
  projection text not null references read_models.projections (name),
  kind text not null check (kind in ('rebuild', 'replay')),
  account_id uuid,
  -- What differs from the tables in use is switched to all the same.
  accept_differences boolean not null,
  state text not null check (state in ('waiting', 'loading', 'comparing', 'switching', 'done', 'differs', 'failed', 'cancelled')),
  position bigint not null default 0,
  target bigint not null default 0,
  comparison jsonb,
  -- Events that could not be applied and have a dead letter.
  skipped bigint[] not null default '{}',
  error text,
  actor text not null,
  created_at timestamptz not null default clock_timestamp(),
  updated_at timestamptz not null default clock_timestamp(),
  finished_at timestamptz
);
create unique index operations_running on read_models.operations (projection)
  where state in ('waiting', 'loading', 'comparing', 'switching');

-- balances: the highest version of each account, its settings by the highest revision, and both as they were.
create table read_models.accounts (
  id uuid primary key,
  ledger text not null,
  external_id text,
  type text not null,
  normal_side text not null,
  currency text not null,
  name text,
  status text not null,
  credit_limit_minor bigint,
  credit_limit_schedule text not null,
  metadata text not null,
  revision bigint not null,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  position bigint not null
);
create unique index accounts_by_external_id on read_models.accounts (ledger, external_id) where external_id is not null;

create table read_models.balances (
  account_id uuid primary key,
  debits_minor bigint not null,
  credits_minor bigint not null,
  balance_minor bigint not null,
  held_minor bigint not null,
  incoming_minor bigint not null,
  version bigint not null,
  updated_at timestamptz not null,
  position bigint not null
) with (fillfactor = 60);

create table read_models.balance_history (
  account_id uuid not null,
  recorded_at timestamptz not null,
  version bigint not null,
  position bigint not null,
  debits_minor bigint not null,
  credits_minor bigint not null,
  held_minor bigint not null,
  incoming_minor bigint not null,
  primary key (account_id, recorded_at, version)
);

create table read_models.limit_history (
  account_id uuid not null,
  revision bigint not null,
  recorded_at timestamptz not null,
  position bigint not null,
  status text not null,
  credit_limit_minor bigint,
  primary key (account_id, revision)
);

-- statements: each line with what a statement says of its entry.
create table read_models.statement_lines (
  account_id uuid not null,
  posted_at timestamptz not null,
  position bigint not null,
  line_number smallint not null,
  side text not null,
  amount_minor bigint not null,
  balance_after_minor bigint not null,
  version bigint not null,
  effective_at timestamptz not null,
  entry_id uuid not null,
  entry_number bigint not null,
  transfer_id uuid,
  counterparty_account_id uuid,
  description text,
  metadata text not null,
  primary key (account_id, posted_at, position, line_number)
);

-- daily_balances: what was moved on each UTC day, by the time of recording and by effective time. Sums only, so
-- that lines may come in any order; balances at the end of a day and months are sums of them.
create table read_models.daily_balances (
  account_id uuid not null,
  day date not null,
  ledger text not null,
  currency text not null,
  recorded_debits_minor bigint not null,
  recorded_credits_minor bigint not null,
  recorded_debit_count bigint not null,
  recorded_credit_count bigint not null,
  effective_debits_minor bigint not null,
  effective_credits_minor bigint not null,
  effective_debit_count bigint not null,
  effective_credit_count bigint not null,
  position bigint not null,
  primary key (account_id, day)
) with (fillfactor = 60);

-- The same over all accounts of a ledger; sums of many accounts may need more than 64 bits.
create table read_models.daily_totals (
  ledger text not null,
  currency text not null,
  day date not null,
  recorded_debits_minor numeric not null,
  recorded_credits_minor numeric not null,
  recorded_debit_count bigint not null,
  recorded_credit_count bigint not null,
  effective_debits_minor numeric not null,
  effective_credits_minor numeric not null,
  effective_debit_count bigint not null,
  effective_credit_count bigint not null,
  position bigint not null,
  primary key (ledger, currency, day)
) with (fillfactor = 20);

-- transfer_timeline: every event of a transfer.
create table read_models.transfer_timeline (
  transfer_id uuid not null,
  position bigint not null,
  event_id uuid not null,
  type text not null,
  ledger text not null,
  -- Of the transfer after the event; empty where the event is its entry.
  status text not null,
  -- When the command was accepted, and when the event was decided and committed.
  accepted_at timestamptz,
  committed_at timestamptz not null,
  -- When it reached this read model, and when it was in it. Both are later after a rebuild.
  published_at timestamptz not null,
  projected_at timestamptz not null default clock_timestamp(),
  traceparent text,
  correlation_id text,
  primary key (transfer_id, position)
);
