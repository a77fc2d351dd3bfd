-- Webhooks: who wants to hear of what, and what has been sent to whom. Deliveries are made from the events in the
-- transaction that moves the checkpoint, so that each event counts once for each endpoint however often it comes.
create schema webhooks;

create table webhooks.checkpoints (
  -- Of the transport: `log` on postgres.
  partition text primary key,
  position bigint not null
) with (fillfactor = 20);
-- Nobody could have asked for what came before this version.
insert into webhooks.checkpoints select 'log', position from ledger.head;

create table webhooks.endpoints (
  id uuid primary key,
  number bigint generated always as identity unique,
  url text not null,
  description text,
  ledgers text[] not null check (cardinality(ledgers) > 0),
  -- Null: of any type, of any account.
  event_types text[],
  account_ids uuid[],
  status text not null default 'ACTIVE' check (status in ('ACTIVE', 'DISABLED')),
  -- By whom: `caller`, `gone` (it answered 410) or `failing`.
  disabled_reason text check (disabled_reason in ('caller', 'gone', 'failing')),
  -- The first failure since anything last arrived.
  failing_since timestamptz,
  -- As they are, because they sign: base64 of 32 bytes.
  secret text not null,
  previous_secret text,
  previous_secret_until timestamptz,
  -- Only events after it are meant.
  after_position bigint not null,
  created_at timestamptz not null default clock_timestamp(),
  updated_at timestamptz not null default clock_timestamp()
);

-- What is sent, once for all endpoints.
create table webhooks.messages (
  -- The event's; of a test its own.
  id uuid primary key,
  -- Null for a test.
  position bigint,
  type text not null,
  ledger text not null,
  body text not null,
  created_at timestamptz not null default clock_timestamp()
);

create table webhooks.deliveries (
  id uuid primary key default gen_random_uuid(),
  number bigint generated always as identity unique,
  endpoint_id uuid not null references webhooks.endpoints (id) on delete cascade,
  message_id uuid not null references webhooks.messages (id),
  -- The message's: deliveries of an endpoint are sent in this order, as far as they share an account.
  position bigint,
  accounts uuid[] not null,
  state text not null default 'pending' check (state in ('pending', 'delivered', 'dead')),
  attempts integer not null default 0,
  -- A redelivery begins another round.
  attempts_before integer not null default 0,
  first_attempt_at timestamptz,
  due_at timestamptz not null default clock_timestamp(),
  created_at timestamptz not null default clock_timestamp(),
  ended_at timestamptz,
  unique (endpoint_id, message_id)
);
create index deliveries_pending on webhooks.deliveries (endpoint_id, position) where state = 'pending';
create index deliveries_by_endpoint on webhooks.deliveries (endpoint_id, number);
create index deliveries_by_message on webhooks.deliveries (message_id);
create index deliveries_by_end on webhooks.deliveries (ended_at) where state <> 'pending';

create table webhooks.attempts (
  delivery_id uuid not null references webhooks.deliveries (id) on delete cascade,
  attempt integer not null,
  started_at timestamptz not null,
  duration_ms integer not null,
  -- Of the answer; null where there was none.
  status smallint,
  error text,
  -- Its first bytes, as text.
  response text,
  primary key (delivery_id, attempt)
);

do $$
begin
  if to_regrole('credit_ledger_app') is null then return; end if;
  grant usage on schema webhooks to credit_ledger_app;
  grant select, insert, update, delete on all tables in schema webhooks to credit_ledger_app;
end $$;
