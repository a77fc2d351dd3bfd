-- The one write of the ledger. Answers with what is taken already (and then writes nothing), or writes the whole
-- batch and answers with no row. Raises CL001 where the head is not the one the batch was decided on.
--
-- Plans are pinned: from arrays the planner expects few rows or many, and with hash joins allowed it may scan
-- `accounts` whole for every batch (four times slower when measured). A plan with no index to use looks so costly
-- then that JIT would compile it each time (30 ms a batch when measured), so that is off too.
--
-- A batch is decided at one time, which all that it records carries; only what counts at another time names it.
-- So it is with every usual value: an array may be shorter than its neighbours or hold nulls, and a null stands for
-- the usual value of its column. Arrays are unnested in the target list, which spares the tuplestores that functions
-- in FROM are read into.
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
    select u.digest, u.fingerprint, coalesce(u.kind, 'transfer'), u.subject, u.answer, p_time
    from (select unnest(p_key_digests) as digest, unnest(p_key_fingerprints) as fingerprint,
      unnest(p_key_kinds) as kind, unnest(p_key_subjects) as subject, unnest(p_key_answers) as answer) as u;

  update ledger.accounts a set debits_minor = u.debits, credits_minor = u.credits,
      held_minor = coalesce(u.held, 0), incoming_minor = coalesce(u.incoming, 0), version = u.version,
      updated_at = p_time, position = u.position
    from (select unnest(p_account_ids) as id, unnest(p_account_debits) as debits,
      unnest(p_account_credits) as credits, unnest(p_account_held) as held, unnest(p_account_incoming) as incoming,
      unnest(p_account_versions) as version, unnest(p_account_positions) as position) as u
    where a.id = u.id;

  insert into ledger.transfers (id, ledger_id, external_id, from_id, to_id, amount_minor, currency, status, created_as,
      held_minor, settled_minor, reversed_minor, reverses, ended_by, entry_id, entry_number, failure, description,
      metadata, fingerprint, effective_at, expires_at, created_at, completed_at, created_position, position)
    select u.id, u.ledger_id, u.external_id, u.from_id, u.to_id, u.amount, u.currency, coalesce(u.status, 'COMPLETED'),
      coalesce(u.created_as, 'COMPLETED'), coalesce(u.held, 0), coalesce(u.settled, 0), coalesce(u.reversed, 0),
      u.reverses, u.ended_by, u.entry_id, u.entry_number, u.failure, u.description, coalesce(u.metadata, '{}'),
      u.fingerprint, coalesce(u.effective_at, p_time), u.expires_at, p_time,
      case when u.status = 'HELD' then null else p_time end, u.created_position,
      coalesce(u.position, u.created_position)
    from (select unnest(p_transfer_ids) as id, unnest(p_transfer_ledgers) as ledger_id,
      unnest(p_transfer_external_ids) as external_id, unnest(p_transfer_from) as from_id,
      unnest(p_transfer_to) as to_id, unnest(p_transfer_amounts) as amount,
      unnest(p_transfer_currencies) as currency, unnest(p_transfer_statuses) as status,
      unnest(p_transfer_created_as) as created_as, unnest(p_transfer_held) as held,
      unnest(p_transfer_settled) as settled, unnest(p_transfer_reversed) as reversed,
      unnest(p_transfer_reverses) as reverses, unnest(p_transfer_ended) as ended_by,
      unnest(p_transfer_entries) as entry_id, unnest(p_transfer_entry_numbers) as entry_number,
      unnest(p_transfer_failures) as failure, unnest(p_transfer_descriptions) as description,
      unnest(p_transfer_metadata) as metadata, unnest(p_transfer_fingerprints) as fingerprint,
      unnest(p_transfer_effective) as effective_at, unnest(p_transfer_expires) as expires_at,
      unnest(p_transfer_created_positions) as created_position, unnest(p_transfer_positions) as position) as u;

  insert into ledger.entries (ledger_id, entry_number, position, id, transfer_id, batch_id, reverses, forced,
      description, metadata, posted_at, effective_at, hash)
    select u.ledger_id, u.entry_number, u.position, u.id, u.transfer_id, u.batch_id, u.reverses,
      coalesce(u.forced, false), u.description, coalesce(u.metadata, '{}'), p_time, coalesce(u.effective_at, p_time),
      u.hash
    from (select unnest(p_entry_ledgers) as ledger_id, unnest(p_entry_numbers) as entry_number,
      unnest(p_entry_positions) as position, unnest(p_entry_ids) as id, unnest(p_entry_transfers) as transfer_id,
      unnest(p_entry_batches) as batch_id, unnest(p_entry_reverses) as reverses, unnest(p_entry_forced) as forced,
      unnest(p_entry_descriptions) as description, unnest(p_entry_metadata) as metadata,
      unnest(p_entry_effective) as effective_at, unnest(p_entry_hashes) as hash) as u;

  insert into ledger.lines (position, line_number, account_id, entry_number, side, amount_minor, balance_after_minor,
      debits_after_minor, held_after_minor, incoming_after_minor, version, posted_at, effective_at)
    select u.position, u.line_number, u.account_id, u.entry_number, u.side, u.amount, u.balance, u.debits,
      coalesce(u.held, 0), coalesce(u.incoming, 0), u.version, p_time, coalesce(u.effective_at, p_time)
    from (select unnest(p_line_positions) as position, unnest(p_line_numbers) as line_number,
      unnest(p_line_accounts) as account_id, unnest(p_line_entry_numbers) as entry_number,
      unnest(p_line_sides) as side, unnest(p_line_amounts) as amount, unnest(p_line_balances) as balance,
      unnest(p_line_debits) as debits, unnest(p_line_held) as held, unnest(p_line_incoming) as incoming,
      unnest(p_line_versions) as version, unnest(p_line_effective) as effective_at) as u;

  insert into ledger.events (position, type, ledger_id, aggregate, key, payload, traceparent, correlation_id,
      recorded_at, epoch, batch, schema_version)
    select u.position, u.type, u.ledger_id, u.aggregate, u.key, u.payload, u.traceparent, u.correlation_id, p_time,
      p_epoch, p_batch, 1
    from (select unnest(p_event_positions) as position, unnest(p_event_types) as type,
      unnest(p_event_ledgers) as ledger_id, unnest(p_event_aggregates) as aggregate, unnest(p_event_keys) as key,
      unnest(p_event_payloads) as payload, unnest(p_event_traces) as traceparent,
      unnest(p_event_correlations) as correlation_id) as u;

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
