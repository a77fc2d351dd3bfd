-- What a batch of transfers costs by hand: one function that takes arrays and writes, with the checks and the
-- columns of the ledger's own write, into tables of the same columns, indexes, partitions and fill factors. It knows
-- nothing of limits, holds, refusals or the chain of hashes; its balances come from window functions.
drop schema if exists baseline cascade;
create schema baseline;

create table baseline.head (like ledger.head including all) with (fillfactor = 10);
create table baseline.ledgers (like ledger.ledgers including all) with (fillfactor = 50);
create table baseline.accounts (like ledger.accounts including all) with (fillfactor = 60);
create table baseline.transfers (like ledger.transfers including all) with (fillfactor = 90);
create table baseline.keys (like ledger.keys including all);
create table baseline.entries (like ledger.entries including all) partition by range (position);
create table baseline.lines (like ledger.lines including all) partition by range (position);
create table baseline.events (like ledger.events including all) partition by range (position);
create table baseline.entries_0 partition of baseline.entries for values from (0) to (20000000);
create table baseline.entries_1 partition of baseline.entries for values from (20000000) to (40000000);
create table baseline.lines_0 partition of baseline.lines for values from (0) to (20000000);
create table baseline.lines_1 partition of baseline.lines for values from (20000000) to (40000000);
create table baseline.events_0 partition of baseline.events for values from (0) to (20000000);
create table baseline.events_1 partition of baseline.events for values from (20000000) to (40000000);

insert into baseline.head default values;
insert into baseline.ledgers select * from ledger.ledgers where id = 1;
insert into baseline.accounts select * from ledger.accounts;
analyze baseline.accounts;

-- Two events for each transfer, at positions p_position + 1, + 2 and so on, as the ledger appends them.
create function baseline.post_batch(
  p_position bigint, p_time timestamptz, p_ids uuid[], p_entry_ids uuid[], p_keys uuid[], p_fingerprints uuid[],
  p_from uuid[], p_to uuid[], p_amounts bigint[], p_transfer_event bytea, p_entry_event bytea
) returns void
  language plpgsql
  set plan_cache_mode = force_generic_plan set jit = off
  set enable_hashjoin = off set enable_mergejoin = off set enable_seqscan = off set enable_bitmapscan = off
as $$
declare
  size constant integer := cardinality(p_ids);
begin
  perform 1 from unnest(p_keys) as u(digest) join baseline.keys k on k.digest = u.digest;
  if found then raise exception 'a key is taken'; end if;

  update baseline.head set position = p_position + 2 * size, batch = batch + 1, time = p_time,
    alive_at = clock_timestamp() where singleton and position = p_position;
  if not found then raise exception 'the head is not at position %', p_position; end if;

  insert into baseline.keys (digest, fingerprint, kind, subject, answer, created_at)
    select u.digest, u.fingerprint, 'transfer', u.id, null, p_time
    from unnest(p_keys, p_fingerprints, p_ids) as u(digest, fingerprint, id);

  insert into baseline.lines (position, line_number, account_id, entry_number, side, amount_minor,
      balance_after_minor, debits_after_minor, held_after_minor, incoming_after_minor, version, posted_at, effective_at)
    select p_position + 2 * l.n, l.line_number, l.account_id, p_position / 2 + l.n,
      case when l.debit > 0 then 'DEBIT' else 'CREDIT' end, l.debit + l.credit,
      a.credits_minor - a.debits_minor + sum(l.credit - l.debit) over running,
      a.debits_minor + sum(l.debit) over running, a.held_minor, a.incoming_minor,
      a.version + row_number() over running, p_time, p_time
    from (
      select n, 1, from_id, amount, 0 from unnest(p_from, p_amounts) with ordinality as u(from_id, amount, n)
      union all
      select n, 2, to_id, 0, amount from unnest(p_to, p_amounts) with ordinality as u(to_id, amount, n)
    ) as l(n, line_number, account_id, debit, credit)
    join baseline.accounts a on a.id = l.account_id
    window running as (partition by l.account_id order by l.n, l.line_number);

  update baseline.accounts a set debits_minor = a.debits_minor + s.debits, credits_minor = a.credits_minor + s.credits,
      version = a.version + s.lines, updated_at = p_time, position = p_position + 2 * size
    from (
      select account_id, sum(debit)::bigint as debits, sum(credit)::bigint as credits, count(*) as lines
      from (
        select * from unnest(p_from, p_amounts, array_fill(0::bigint, array[size])) as u(account_id, debit, credit)
        union all
        select * from unnest(p_to, array_fill(0::bigint, array[size]), p_amounts) as u(account_id, debit, credit)
      ) as moved group by account_id
    ) as s
    where a.id = s.account_id;

  insert into baseline.transfers (id, ledger_id, from_id, to_id, amount_minor, currency, status, created_as,
      held_minor, settled_minor, reversed_minor, entry_id, entry_number, metadata, fingerprint, effective_at,
      created_at, completed_at, created_position, position)
    select u.id, 1, u.from_id, u.to_id, u.amount, 'USD', 'COMPLETED', 'COMPLETED', 0, 0, 0, u.entry_id,
      p_position / 2 + u.n, '{}', u.fingerprint, p_time, p_time, p_time, p_position + 2 * u.n, p_position + 2 * u.n
    from unnest(p_ids, p_entry_ids, p_fingerprints, p_from, p_to, p_amounts) with ordinality
      as u(id, entry_id, fingerprint, from_id, to_id, amount, n);

  insert into baseline.entries (ledger_id, entry_number, position, id, transfer_id, forced, metadata, posted_at,
      effective_at, hash)
    select 1, p_position / 2 + u.n, p_position + 2 * u.n, u.entry_id, u.id, false, '{}', p_time, p_time,
      sha256(convert_to(u.id::text || u.entry_id::text, 'UTF8'))
    from unnest(p_ids, p_entry_ids) with ordinality as u(id, entry_id, n);

  insert into baseline.events (position, epoch, batch, type, schema_version, ledger_id, aggregate, key, payload,
      recorded_at)
    select p_position + 2 * u.n - 1, 1, 1, 'EntryPosted', 1, 1, 'entry', u.entry_id, p_entry_event, p_time
    from unnest(p_entry_ids) with ordinality as u(entry_id, n)
    union all
    select p_position + 2 * u.n, 1, 1, 'TransferCompleted', 1, 1, 'transfer', u.id, p_transfer_event, p_time
    from unnest(p_ids) with ordinality as u(id, n);

  update baseline.ledgers set entry_count = p_position / 2 + size, head_hash = sha256(head_hash) where id = 1;
end $$;
