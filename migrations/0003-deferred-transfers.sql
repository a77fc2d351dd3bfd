-- Transfers that are accepted now and run later: INITIATED as soon as possible, SCHEDULED at execute_at.

-- What they were asked for beyond the other columns, kept until they are run (src/ledger/deferred-request.ts).
alter table ledger.transfers add column deferred text;

-- What few batches write: openings, settings, the life of holds and of transfers that are run later, reversals,
-- registrations. A transfer that fails gives its external id up before another one takes it.
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
end $$;
