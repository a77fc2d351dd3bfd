-- Closed periods: nothing counts before a ledger's `closed_until` any more, but for entries marked as adjusting.
alter table ledger.ledgers add column closed_until timestamptz;
alter table ledger.ledgers add column period_count integer not null default 0;
alter table ledger.ledgers add column period_hash bytea not null default decode(repeat('00', 32), 'hex');

-- Each close names the end of the journal at its moment, and its hash covers the close before (docs/journal-format.md).
create table ledger.period_closes (
  ledger_id integer not null,
  number integer not null,
  ends_at timestamptz not null,
  closed_at timestamptz not null,
  -- Of the log at the close: every entry up to it counts, none after it.
  position bigint not null,
  entry_count bigint not null,
  head_hash bytea not null,
  description text,
  hash bytea not null,
  primary key (ledger_id, number)
);
create trigger append_only before update or delete or truncate on ledger.period_closes
  for each statement execute function ledger.refuse_change();

-- The trial balance at a close, by currency and class of account: sums of exactly those entries, made once.
create table ledger.period_balances (
  ledger_id integer not null,
  number integer not null,
  currency text not null,
  type text not null,
  accounts bigint not null,
  debits_minor numeric not null,
  credits_minor numeric not null,
  primary key (ledger_id, number, currency, type)
);
create trigger append_only before update or delete or truncate on ledger.period_balances
  for each statement execute function ledger.refuse_change();
create table ledger.period_balances_made (
  ledger_id integer not null,
  number integer not null,
  made_at timestamptz not null default clock_timestamp(),
  primary key (ledger_id, number)
);

do $$
begin
  if to_regrole('credit_ledger_app') is null then return; end if;
  grant select, insert on ledger.period_closes, ledger.period_balances, ledger.period_balances_made to credit_ledger_app;
end $$;

create or replace function ledger.post_rare(p_rare jsonb) returns void
  language plpgsql
  set jit = off
  set enable_hashjoin = off set enable_mergejoin = off set enable_seqscan = off set enable_bitmapscan = off
as $$
begin
  insert into ledger.ledgers (id, name, default_credit_limit_minor, created_at)
    select id, name, default_credit_limit_minor, created_at
    from jsonb_populate_recordset(null::ledger.ledgers, p_rare -> 'ledgers')
    on conflict (id) do update set default_credit_limit_minor = excluded.default_credit_limit_minor;

  insert into ledger.currencies select * from jsonb_populate_recordset(null::ledger.currencies, p_rare -> 'currencies');

  insert into ledger.accounts select * from jsonb_populate_recordset(null::ledger.accounts, p_rare -> 'accounts');

  update ledger.accounts a set name = u.name, status = u.status, credit_limit_minor = u.credit_limit_minor,
      credit_limit_schedule = u.credit_limit_schedule, next_limit_at = u.next_limit_at, metadata = u.metadata,
      revision = u.revision
    from jsonb_populate_recordset(null::ledger.accounts, p_rare -> 'settings') as u where a.id = u.id;

  insert into ledger.account_history
    select * from jsonb_populate_recordset(null::ledger.account_history, p_rare -> 'history');

  update ledger.transfers t set status = u.status, held_minor = u.held_minor, settled_minor = u.settled_minor,
      reversed_minor = u.reversed_minor, ended_by = u.ended_by, entry_id = u.entry_id, entry_number = u.entry_number,
      failure = u.failure, effective_at = u.effective_at, expires_at = u.expires_at, completed_at = u.completed_at,
      position = u.position
    from jsonb_populate_recordset(null::ledger.transfers, p_rare -> 'transfers') as u where t.id = u.id;

  insert into ledger.transfers select * from jsonb_populate_recordset(null::ledger.transfers, p_rare -> 'deferred');

  insert into ledger.entry_reversals
    select * from jsonb_populate_recordset(null::ledger.entry_reversals, p_rare -> 'entry_reversals');

  insert into ledger.period_closes
    select * from jsonb_populate_recordset(null::ledger.period_closes, p_rare -> 'period_closes');
  update ledger.ledgers l set closed_until = c.ends_at, period_count = c.number, period_hash = c.hash
    from jsonb_populate_recordset(null::ledger.period_closes, p_rare -> 'period_closes') as c
    where l.id = c.ledger_id and l.period_count < c.number;
end $$;
