-- Requests of an administrator that wait for another one's approval, with what it takes to carry them out then.
create table ledger.approvals (
  id uuid primary key,
  number bigint generated always as identity,
  -- By its idempotency key, or by who asks for what: a request that is repeated is the same one.
  name text not null,
  operation text not null,
  ledger text not null,
  method text not null,
  path text not null,
  params jsonb not null,
  headers jsonb not null,
  body text,
  fingerprint uuid not null,
  traceparent text,
  correlation_id text,
  requested_by text not null,
  requested_at timestamptz not null default clock_timestamp(),
  expires_at timestamptz not null,
  state text not null default 'pending'
    check (state in ('pending', 'approved', 'done', 'refused', 'rejected', 'expired')),
  decided_by text,
  decided_at timestamptz,
  reason text,
  answer_status integer,
  answer text,
  check (decided_by is distinct from requested_by or state = 'rejected')
);
create unique index approvals_by_number on ledger.approvals (number);
create unique index approvals_by_key on ledger.approvals (name) where name like 'key:%';
create unique index approvals_by_request on ledger.approvals (name) where state = 'pending';

do $$ begin
  if exists (select from pg_roles where rolname = 'credit_ledger_app') then
    grant select, insert, update on ledger.approvals to credit_ledger_app;
  end if;
end $$;
