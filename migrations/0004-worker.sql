-- What the worker has to run: one job for each transfer that was accepted to be run later. Made from the events
-- TransferInitiated and TransferScheduled, in the transaction that moves the worker's checkpoint.
create schema worker;

create table worker.checkpoints (
  -- Of the transport: `log` on postgres.
  partition text primary key,
  position bigint not null
);
-- Nothing before this version was accepted to be run later.
insert into worker.checkpoints select 'log', position from ledger.head;

create table worker.jobs (
  transfer_id uuid primary key,
  ledger text not null,
  -- Of the event that made the job, which a dead letter shows.
  partition text not null,
  position bigint not null,
  event_id uuid not null,
  traceparent text,
  correlation_id text,
  -- waiting: to be run; exhausted: to be given up; parked: given up, with a dead letter; done: run, after failures.
  state text not null default 'waiting' check (state in ('waiting', 'exhausted', 'parked', 'done')),
  -- When it may be tried next. Whoever takes a job moves this on, so that another takes it over where it died.
  due_at timestamptz not null,
  attempts integer not null default 0,
  last_error text,
  first_failed_at timestamptz,
  last_failed_at timestamptz
);
create index jobs_by_due on worker.jobs (due_at) where state in ('waiting', 'exhausted');
create index jobs_by_end on worker.jobs (last_failed_at) where state = 'done';

do $$
begin
  if to_regrole('credit_ledger_app') is null then return; end if;
  grant usage on schema worker to credit_ledger_app;
  grant select, insert, update, delete on all tables in schema worker to credit_ledger_app;
end $$;
