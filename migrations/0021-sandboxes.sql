-- Expands: programs that do not know this file run on.
-- Ledgers to try things in. A sandbox is a name for one ledger after another, its lives: a reset begins the next.
alter table ledger.ledgers
  add column sandbox text,
  -- How far the clock of its rules is ahead of the real one.
  add column clock_offset_ms bigint not null default 0 check (clock_offset_ms >= 0),
  add check (sandbox is not null or clock_offset_ms = 0);

-- A life that begins is heard of in every process: there the sandbox's name stands for it from then on.
create function ledger.announce_life() returns trigger language plpgsql as $$
begin
  perform pg_notify('sandboxes', new.sandbox);
  return null;
end $$;
create trigger announce_life after insert on ledger.ledgers
  for each row when (new.sandbox is not null) execute function ledger.announce_life();

-- As in 0008, with the two columns of a sandbox, which a program before this one does not give.
create or replace function ledger.post_rare(p_rare jsonb) returns void
  language plpgsql
  set jit = off
  set enable_hashjoin = off set enable_mergejoin = off set enable_seqscan = off set enable_bitmapscan = off
as $$
begin
  insert into ledger.ledgers (id, name, default_credit_limit_minor, created_at, sandbox, clock_offset_ms)
    select id, name, default_credit_limit_minor, created_at, sandbox, coalesce(clock_offset_ms, 0)
    from jsonb_populate_recordset(null::ledger.ledgers, p_rare -> 'ledgers')
    on conflict (id) do update set default_credit_limit_minor = excluded.default_credit_limit_minor,
      clock_offset_ms = greatest(ledgers.clock_offset_ms, excluded.clock_offset_ms);

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
