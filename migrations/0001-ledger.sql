-- The ledger: everything a commit writes. One writer appends in one order (docs/architecture.md), so there are
-- no row locks here, and only unique and account/position indexes: other filters are served by projections.
create schema ledger;

-- The one row that orders all commits: a batch commits only from the position its writer expects, in its epoch.
create table ledger.head (
  singleton boolean primary key default true check (singleton),
  database_id uuid not null default gen_random_uuid(),
  epoch bigint not null default 0,
  position bigint not null default 0,
  batch bigint not null default 0,
  time timestamptz not null default '1970-01-01Z',
  holder text not null default '',
  alive_at timestamptz not null default clock_timestamp()
) with (fillfactor = 10);
insert into ledger.head default values;

create table ledger.ledgers (
  id integer primary key,
  name text not null unique,
  default_credit_limit_minor bigint check (default_credit_limit_minor >= 0),
  entry_count bigint not null default 0,
  head_hash bytea not null default decode(repeat('00', 32), 'hex'),
  created_at timestamptz not null
) with (fillfactor = 50);
insert into ledger.ledgers (id, name, created_at) values (1, 'main', date_trunc('milliseconds', clock_timestamp()));

-- Currencies beyond ISO 4217, which is built in.
create table ledger.currencies (
  code text primary key check (code ~ '^[A-Z][A-Z0-9]{2,11}$'),
  scale smallint not null check (scale between 0 and 12),
  created_at timestamptz not null
);

-- Written once per account and batch. No index on a column that changes, so that updates stay heap-only.
create table ledger.accounts (
  id uuid primary key,
  ledger_id integer not null,
  external_id text,
  type text not null check (type in ('ASSET', 'LIABILITY', 'EQUITY', 'INCOME', 'EXPENSE')),
  normal_side text not null check (normal_side in ('DEBIT', 'CREDIT')),
  currency text not null,
  external boolean not null,
  name text,
  status text not null check (status in ('ACTIVE', 'SUSPENDED', 'CLOSED')),
  credit_limit_minor bigint check (credit_limit_minor >= 0),
  credit_limit_schedule text not null,
  next_limit_at timestamptz,
  metadata text not null,
  debits_minor bigint not null check (debits_minor >= 0),
  credits_minor bigint not null check (credits_minor >= 0),
  held_minor bigint not null check (held_minor >= 0),
  incoming_minor bigint not null check (incoming_minor >= 0),
  version bigint not null check (version >= 1),
  revision bigint not null check (revision >= 1),
  created_at timestamptz not null,
  updated_at timestamptz not null,
  created_position bigint not null,
  position bigint not null
) with (fillfactor = 60);
create unique index accounts_by_external_id on ledger.accounts (ledger_id, external_id) where external_id is not null;
create index accounts_by_position on ledger.accounts (ledger_id, created_position);
create index accounts_by_next_limit on ledger.accounts (next_limit_at) where next_limit_at is not null;

-- The state of an account after each change that is not a line: opening, settings, holds placed and released.
-- Together with the lines it is the history by version, from which any past moment is answered.
create table ledger.account_history (
  account_id uuid not null,
  version bigint not null,
  position bigint not null,
  recorded_at timestamptz not null,
  status text not null,
  credit_limit_minor bigint,
  debits_minor bigint not null,
  credits_minor bigint not null,
  held_minor bigint not null,
  incoming_minor bigint not null,
  primary key (account_id, recorded_at, version)
);

create table ledger.transfers (
  id uuid primary key,
  ledger_id integer not null,
  external_id text,
  from_id uuid,
  to_id uuid,
  amount_minor bigint not null check (amount_minor > 0),
  currency text not null,
  status text not null,
  -- The status it was created with: a replay of the creation is answered from it and from what never changes.
  created_as text not null,
  held_minor bigint not null check (held_minor >= 0),
  settled_minor bigint not null check (settled_minor >= 0),
  reversed_minor bigint not null check (reversed_minor >= 0 and reversed_minor <= amount_minor),
  reverses uuid,
  -- How a hold ended, whatever was settled of it: SETTLED, VOIDED or EXPIRED.
  ended_by text,
  entry_id uuid,
  entry_number bigint,
  failure text,
  description text,
  metadata text not null,
  fingerprint uuid,
  effective_at timestamptz not null,
  execute_at timestamptz,
  expires_at timestamptz,
  created_at timestamptz not null,
  completed_at timestamptz,
  created_position bigint not null,
  position bigint not null,
  check (held_minor + settled_minor <= amount_minor)
) with (fillfactor = 90);
create unique index transfers_by_external_id on ledger.transfers (ledger_id, external_id)
  where external_id is not null and status <> 'FAILED';
create index transfers_by_time on ledger.transfers (ledger_id, created_at, created_position);
create index transfers_by_expiry on ledger.transfers (expires_at, id) where status = 'HELD' and expires_at is not null;
-- What leaves no line yet is found by account through these two; the rest is found through its lines.
create index transfers_unposted_from on ledger.transfers (from_id, created_position) where created_as <> 'COMPLETED';
create index transfers_unposted_to on ledger.transfers (to_id, created_position) where created_as <> 'COMPLETED';

create table ledger.entries (
  ledger_id integer not null,
  entry_number bigint not null,
  position bigint not null,
  id uuid not null,
  transfer_id uuid,
  batch_id text,
  reverses uuid,
  forced boolean not null,
  description text,
  metadata text not null,
  posted_at timestamptz not null,
  effective_at timestamptz not null,
  hash bytea not null,
  primary key (ledger_id, entry_number, position)
) partition by range (position);
create unique index entries_by_id on ledger.entries (id, position);

create table ledger.lines (
  position bigint not null,
  line_number smallint not null,
  account_id uuid not null,
  entry_number bigint not null,
  side text not null check (side in ('DEBIT', 'CREDIT')),
  amount_minor bigint not null check (amount_minor > 0),
  balance_after_minor bigint not null,
  debits_after_minor bigint not null,
  held_after_minor bigint not null,
  incoming_after_minor bigint not null,
  version bigint not null,
  posted_at timestamptz not null,
  effective_at timestamptz not null,
  primary key (position, line_number)
) partition by range (position);
create unique index lines_by_account on ledger.lines (account_id, posted_at, position, line_number);

-- Which entry undid which: at most one reversal of an entry that stands by itself.
create table ledger.entry_reversals (
  entry_id uuid primary key,
  reversed_by uuid not null
);

-- The log of events, the outbox: read by cursor, never updated. Rows keep the very bytes that are published.
create table ledger.events (
  position bigint primary key,
  epoch bigint not null,
  batch bigint not null,
  type text not null,
  schema_version smallint not null,
  ledger_id integer not null,
  aggregate text not null check (aggregate in ('account', 'transfer', 'entry')),
  key uuid not null,
  payload bytea not null,
  traceparent text,
  correlation_id text,
  recorded_at timestamptz not null
) partition by range (position);

-- One key, one effect: bound for ever in the commit of the effect. The digest is of ledger and key.
create table ledger.keys (
  digest uuid primary key,
  fingerprint uuid not null,
  kind text not null,
  subject uuid,
  answer text,
  created_at timestamptz not null
);

create table ledger.api_keys (
  id text primary key,
  hash bytea not null unique,
  name text not null,
  scopes text[] not null,
  ledgers text[] not null,
  created_at timestamptz not null,
  expires_at timestamptz,
  revoked_at timestamptz
);

-- Partitions hold 20 million positions each. Attaching, unlike "create … partition of", blocks neither readers
-- nor the writer. Runs as its owner, so that the program's own role needs no right to create tables.
create function ledger.ensure_partitions(up_to bigint) returns void
  language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  size constant bigint := 20000000;
  parent text;
  first bigint;
  child text;
begin
  for first in select n * size from generate_series(0, up_to / size) as n loop
    foreach parent in array array['entries', 'lines', 'events'] loop
      child := format('%s_%s', parent, to_char(first / size, 'FM00000'));
      continue when to_regclass('ledger.' || child) is not null;
      execute format('create table ledger.%I (like ledger.%I including defaults including constraints)', child, parent);
      execute format('alter table ledger.%I attach partition ledger.%I for values from (%s) to (%s)',
        parent, child, first, first + size);
      execute format('create trigger append_only before update or delete or truncate on ledger.%I '
        'for each statement execute function ledger.refuse_change()', child);
    end loop;
  end loop;
end $$;

-- The journal is append-only for whoever asks, also where the program could not be given a role of its own.
create function ledger.refuse_change() returns trigger language plpgsql as $$
begin
  raise exception 'ledger.% is append-only', tg_table_name using errcode = 'insufficient_privilege';
end $$;
create trigger append_only before update or delete or truncate on ledger.entries
  for each statement execute function ledger.refuse_change();
create trigger append_only before update or delete or truncate on ledger.lines
  for each statement execute function ledger.refuse_change();
create trigger append_only before update or delete or truncate on ledger.events
  for each statement execute function ledger.refuse_change();
create trigger append_only before update or delete or truncate on ledger.account_history
  for each statement execute function ledger.refuse_change();
create trigger append_only before update or delete or truncate on ledger.keys
  for each statement execute function ledger.refuse_change();
create trigger append_only before update or delete or truncate on ledger.entry_reversals
  for each statement execute function ledger.refuse_change();

select ledger.ensure_partitions(20000000);
