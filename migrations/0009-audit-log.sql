-- Who did what, from where, with which result: numbered without gaps and chained by hashes, like the journal. Written
-- by gateways in short transactions of their own (src/audit/append-audit.ts), never on the way of a transfer.
create table ledger.audit_log (
  number bigint primary key check (number >= 1),
  recorded_at timestamptz not null,
  -- begun: about to be done; done, refused, failed: how it ended.
  outcome text not null check (outcome in ('begun', 'done', 'refused', 'failed')),
  -- The operation, or `authenticate` for credentials that were refused.
  action text not null,
  -- The id of the key, or the subject; null where the credential belongs to nobody.
  actor text,
  ledger text,
  method text,
  path text,
  address text,
  request_id text,
  status smallint,
  code text,
  -- How many alike this row stands for.
  occurrences integer not null check (occurrences >= 1),
  detail text,
  hash bytea not null
);
create index audit_log_by_actor on ledger.audit_log (actor, number);
create index audit_log_by_action on ledger.audit_log (action, number);
create index audit_log_by_time on ledger.audit_log (recorded_at, number);

create trigger append_only before update or delete or truncate on ledger.audit_log
  for each statement execute function ledger.refuse_change();

do $$
begin
  if to_regrole('credit_ledger_app') is null then return; end if;
  grant select, insert on ledger.audit_log to credit_ledger_app;
end $$;
