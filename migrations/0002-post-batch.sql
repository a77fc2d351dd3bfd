-- The one write of the ledger. Answers with what is taken already (and then writes nothing), or writes the whole
-- batch and answers with no row. Raises CL001 where the head is not the one the batch was decided on.
--
-- Plans are pinned: from arrays the planner expects few rows or many, and with hash joins allowed it may scan
-- `accounts` whole for every batch (four times slower when measured). A plan with no index to use looks so costly
-- then that JIT would compile it each time (30 ms a batch when measured), so that is off too.
--
-- A batch is decided at one time, which all that it records carries; only what counts at another time names it.
create function ledger.post_batch(
  p_epoch bigint, p_position bigint, p_batch bigint, p_position_after bigint, p_time timestamptz,
  p_check_transfers uuid[], p_check_accounts uuid[],
  p_check_external_ledgers integer[], p_check_external_ids text[],
  p_check_account_ledgers integer[], p_check_account_external_ids text[],
  p_key_digests uuid[], p_key_fingerprints uuid[], p_key_kinds text[], p_key_subjects uuid[], p_key_answers text[],
  p_account_ids uuid[], p_account_debits bigint[], p_account_credits bigint[], p_account_held bigint[],
  p_account_incoming bigint[], p_account_versions bigint[], p_account_positions bigint[],
  p_transfer_ids uuid[], p_transfer_ledgers integer[], p_transfer_external_ids text[], p_transfer_from uuid[],
  p_transfer_to uuid[], p_transfer_amounts bigint[], p_transfer_currencies text[], p_transfer_statuses text[],
  p_transfer_created_as text[], p_transfer_held bigint[], p_transfer_settled bigint[], p_transfer_reversed bigint[],
  p_transfer_reverses uuid[], p_transfer_ended text[], p_transfer_entries uuid[], p_transfer_entry_numbers bigint[],
  p_transfer_failures text[], p_transfer_descriptions text[], p_transfer_metadata text[],
  p_transfer_fingerprints uuid[], p_transfer_effective timestamptz[], p_transfer_expires timestamptz[],
  p_transfer_created_positions bigint[], p_transfer_positions bigint[],
  p_entry_ledgers integer[], p_entry_numbers bigint[], p_entry_positions bigint[], p_entry_ids uuid[],
  p_entry_transfers uuid[], p_entry_batches text[], p_entry_reverses uuid[], p_entry_forced boolean[],
  p_entry_descriptions text[], p_entry_metadata text[], p_entry_effective timestamptz[], p_entry_hashes bytea[],
  p_line_positions bigint[], p_line_numbers smallint[], p_line_accounts uuid[], p_line_entry_numbers bigint[],
  p_line_sides text[], p_line_amounts bigint[], p_line_balances bigint[], p_line_debits bigint[],
  p_line_held bigint[], p_line_incoming bigint[], p_line_versions bigint[], p_line_effective timestamptz[],
  p_event_positions bigint[], p_event_types text[], p_event_ledgers integer[], p_event_aggregates text[],
  p_event_keys uuid[], p_event_payloads bytea[], p_event_traces text[], p_event_correlations text[],
  p_ledger_ids integer[], p_ledger_counts bigint[], p_ledger_hashes bytea[],
  p_rare jsonb
) returns table (taken text, value text)
  language plpgsql
  set plan_cache_mode = force_generic_plan set jit = off
  set enable_hashjoin = off set enable_mergejoin = off set enable_seqscan = off set enable_bitmapscan = off
as $$
#variable_conflict use_column
declare
  hits integer := 0;
  more integer;
begin
  return query select 'key', k.digest::text from unnest(p_key_digests) as u(digest)
    join ledger.keys k on k.digest = u.digest;
  get diagnostics hits = row_count;
  if cardinality(p_check_transfers) > 0 then
    return query select 'transfer', t.id::text from unnest(p_check_transfers) as u(id)
      join ledger.transfers t on t.id = u.id;
    get diagnostics more = row_count;
    hits := hits + more;
  end if;
  if cardinality(p_check_accounts) > 0 then
    return query select 'account', a.id::text from unnest(p_check_accounts) as u(id)
      join ledger.accounts a on a.id = u.id;
    get diagnostics more = row_count;
    hits := hits + more;
  end if;
  if cardinality(p_check_external_ids) > 0 then
    return query select 'external', t.ledger_id || ':' || t.external_id
      from unnest(p_check_external_ledgers, p_check_external_ids) as u(ledger_id, external_id)
      join ledger.transfers t on t.ledger_id = u.ledger_id and t.external_id = u.external_id
        and t.external_id is not null and t.status <> 'FAILED';
    get diagnostics more = row_count;
    hits := hits + more;
  end if;
  if cardinality(p_check_account_external_ids) > 0 then
    return query select 'account_external', a.ledger_id || ':' || a.external_id
      from unnest(p_check_account_ledgers, p_check_account_external_ids) as u(ledger_id, external_id)
      join ledger.accounts a on a.ledger_id = u.ledger_id and a.external_id = u.external_id
        and a.external_id is not null;
    get diagnostics more = row_count;
    hits := hits + more;
  end if;
  if hits > 0 then return; end if;

  update ledger.head set position = p_position_after, batch = p_batch, time = p_time, alive_at = clock_timestamp()
    where singleton and epoch = p_epoch and position = p_position and batch = p_batch - 1;
  if not found then
    raise exception 'the head is not at epoch % position %', p_epoch, p_position using errcode = 'CL001';
  end if;

  if p_rare is not null then perform ledger.post_rare(p_rare); end if;

  insert into ledger.keys (digest, fingerprint, kind, subject, answer, created_at)
    select u.*, p_time from unnest(p_key_digests, p_key_fingerprints, p_key_kinds, p_key_subjects, p_key_answers) as u;

  update ledger.accounts a set debits_minor = u.debits, credits_minor = u.credits, held_minor = u.held,
      incoming_minor = u.incoming, version = u.version, updated_at = p_time, position = u.position
    from unnest(p_account_ids, p_account_debits, p_account_credits, p_account_held, p_account_incoming,
      p_account_versions, p_account_positions)
      as u(id, debits, credits, held, incoming, version, position)
    where a.id = u.id;

  insert into ledger.transfers (id, ledger_id, external_id, from_id, to_id, amount_minor, currency, status, created_as,
      held_minor, settled_minor, reversed_minor, reverses, ended_by, entry_id, entry_number, failure, description,
      metadata, fingerprint, effective_at, expires_at, created_at, completed_at, created_position, position)
    select u.id, u.ledger_id, u.external_id, u.from_id, u.to_id, u.amount, u.currency, u.status, u.created_as, u.held,
      u.settled, u.reversed, u.reverses, u.ended_by, u.entry_id, u.entry_number, u.failure, u.description, u.metadata,
      u.fingerprint, coalesce(u.effective_at, p_time), u.expires_at, p_time,
      case when u.status <> 'HELD' then p_time end, u.created_position, u.position
    from unnest(p_transfer_ids, p_transfer_ledgers, p_transfer_external_ids, p_transfer_from, p_transfer_to,
      p_transfer_amounts, p_transfer_currencies, p_transfer_statuses, p_transfer_created_as, p_transfer_held,
      p_transfer_settled, p_transfer_reversed, p_transfer_reverses, p_transfer_ended, p_transfer_entries,
      p_transfer_entry_numbers, p_transfer_failures, p_transfer_descriptions, p_transfer_metadata,
      p_transfer_fingerprints, p_transfer_effective, p_transfer_expires, p_transfer_created_positions,
      p_transfer_positions) as u(id, ledger_id, external_id, from_id, to_id, amount, currency, status, created_as, held,
      settled, reversed, reverses, ended_by, entry_id, entry_number, failure, description, metadata, fingerprint,
      effective_at, expires_at, created_position, position);

  insert into ledger.entries (ledger_id, entry_number, position, id, transfer_id, batch_id, reverses, forced,
      description, metadata, posted_at, effective_at, hash)
    select u.ledger_id, u.entry_number, u.position, u.id, u.transfer_id, u.batch_id, u.reverses, u.forced,
      u.description, u.metadata, p_time, coalesce(u.effective_at, p_time), u.hash
    from unnest(p_entry_ledgers, p_entry_numbers, p_entry_positions, p_entry_ids, p_entry_transfers, p_entry_batches,
      p_entry_reverses, p_entry_forced, p_entry_descriptions, p_entry_metadata, p_entry_effective, p_entry_hashes)
      as u(ledger_id, entry_number, position, id, transfer_id, batch_id, reverses, forced, description, metadata,
      effective_at, hash);

  insert into ledger.lines (position, line_number, account_id, entry_number, side, amount_minor, balance_after_minor,
      debits_after_minor, held_after_minor, incoming_after_minor, version, posted_at, effective_at)
    select u.position, u.line_number, u.account_id, u.entry_number, u.side, u.amount, u.balance, u.debits, u.held,
      u.incoming, u.version, p_time, coalesce(u.effective_at, p_time)
    from unnest(p_line_positions, p_line_numbers, p_line_accounts, p_line_entry_numbers, p_line_sides, p_line_amounts,
      p_line_balances, p_line_debits, p_line_held, p_line_incoming, p_line_versions, p_line_effective)
      as u(position, line_number, account_id, entry_number, side, amount, balance, debits, held, incoming, version,
      effective_at);

  insert into ledger.events (position, type, ledger_id, aggregate, key, payload, traceparent, correlation_id,
      recorded_at, epoch, batch, schema_version)
    select u.*, p_time, p_epoch, p_batch, 1 from unnest(p_event_positions, p_event_types, p_event_ledgers,
      p_event_aggregates, p_event_keys, p_event_payloads, p_event_traces, p_event_correlations) as u;

  update ledger.ledgers l set entry_count = u.count, head_hash = u.hash
    from unnest(p_ledger_ids, p_ledger_counts, p_ledger_hashes) as u(id, count, hash) where l.id = u.id;
end $$;

-- What few batches write: openings, settings, the life of holds, reversals, registrations.
create function ledger.post_rare(p_rare jsonb) returns void
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
      completed_at = u.completed_at, position = u.position
    from jsonb_populate_recordset(null::ledger.transfers, p_rare -> 'transfers') as u where t.id = u.id;

  insert into ledger.entry_reversals
    select * from jsonb_populate_recordset(null::ledger.entry_reversals, p_rare -> 'entry_reversals');
end $$;

-- The program's own role, where there is one: it appends to the journal and can't rewrite it.
do $$
begin
  if to_regrole('credit_ledger_app') is null then return; end if;
  grant usage on schema ledger to credit_ledger_app;
  grant select on all tables in schema ledger to credit_ledger_app;
  grant insert on ledger.entries, ledger.lines, ledger.events, ledger.keys, ledger.account_history,
    ledger.entry_reversals, ledger.currencies to credit_ledger_app;
  grant insert, update on ledger.accounts, ledger.transfers, ledger.ledgers, ledger.api_keys to credit_ledger_app;
  grant update on ledger.head to credit_ledger_app;
  grant execute on all functions in schema ledger to credit_ledger_app;
end $$;
