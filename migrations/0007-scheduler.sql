-- Jobs that come round by themselves, and what came of their runs. Leases (relay.leases) say who runs one; nothing
-- here is truth, a run that is lost is made again.
create schema scheduler;

create table scheduler.jobs (
  name text primary key,
  -- Null where it runs only when asked.
  every_ms bigint check (every_ms > 0),
  next_run_at timestamptz
);

create table scheduler.runs (
  id uuid primary key,
  number bigint generated always as identity unique,
  job text not null references scheduler.jobs (name),
  -- The key that asked for it; null where its time had come.
  actor text,
  params jsonb not null default '{}',
  state text not null check (state in ('waiting', 'running', 'done', 'failed')),
  -- From 0 to 1, as far as is known.
  progress double precision not null default 0,
  result jsonb,
  error text,
  created_at timestamptz not null default clock_timestamp(),
  started_at timestamptz,
  finished_at timestamptz
);
create unique index runs_open on scheduler.runs (job) where state in ('waiting', 'running');
create index runs_by_job on scheduler.runs (job, number);

-- What is accepted and not yet run, by which those are found that nobody works on.
create index transfers_deferred on ledger.transfers (position) where status in ('INITIATED', 'SCHEDULED');

do $$
begin
  if to_regrole('credit_ledger_app') is null then return; end if;
  grant usage on schema scheduler to credit_ledger_app;
  grant select, insert, update, delete on all tables in schema scheduler to credit_ledger_app;
end $$;
