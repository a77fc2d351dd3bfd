-- What is made from the events and can be made again. Has migrations of its own, because it may live in another
-- database than the ledger (READ_MODEL_DATABASE_URL).
create schema read_models;

-- Events and commands that a consumer gave up on, with all that is needed to try again.
create table read_models.dead_letters (
  id uuid primary key default gen_random_uuid(),
  number bigint generated always as identity unique,
  kind text not null check (kind in ('event', 'command')),
  -- `balances`, `worker` …, and which version of it gave up.
  consumer text not null,
  consumer_version integer not null,
  topic text not null,
  partition text not null,
  -- Place in the ledger's log, by which letters are redriven in order.
  position bigint not null,
  event_id uuid not null,
  key uuid not null,
  -- The accounts and transfers it touches: later events of any of them wait behind it.
  keys uuid[] not null,
  type text not null,
  payload bytea not null,
  headers jsonb not null,
  error_class text not null,
  message text not null,
  stack text not null,
  attempts integer not null check (attempts >= 0),
  first_failed_at timestamptz not null,
  last_failed_at timestamptz not null,
  -- parked: it failed itself; waiting: behind one that did.
  status text not null check (status in ('parked', 'waiting', 'redriven', 'discarded')),
  reason text,
  unique (consumer, event_id)
);
create index dead_letters_open on read_models.dead_letters (consumer, position) where status in ('parked', 'waiting');

-- Who did what to a dead letter; kept for good.
create table read_models.dead_letter_actions (
  number bigint generated always as identity primary key,
  dead_letter_id uuid not null references read_models.dead_letters (id),
  action text not null check (action in ('redriven', 'failed again', 'discarded')),
  actor text not null,
  reason text,
  at timestamptz not null default clock_timestamp()
);
create index dead_letter_actions_by_letter on read_models.dead_letter_actions (dead_letter_id);

-- Where the program's own role exists: it reads the read models and parks; only the schema's owner makes tables.
do $$
begin
  if to_regrole('credit_ledger_app') is null then return; end if;
  grant usage on schema read_models to credit_ledger_app;
  grant select, insert, update on all tables in schema read_models to credit_ledger_app;
  alter default privileges in schema read_models grant select, insert, update, delete on tables to credit_ledger_app;
end $$;
