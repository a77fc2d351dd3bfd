-- Files that hold what the log of events held, by which old partitions of it may be dropped.
create table ledger.event_archives (
  -- Positions from the first up to the last, both included, without gaps.
  first_position bigint primary key,
  last_position bigint not null check (last_position >= first_position),
  -- In ARCHIVE_DIR.
  file text not null,
  -- Of the file as it lies there.
  sha256 bytea not null,
  archived_at timestamptz not null default clock_timestamp()
);
create trigger append_only before update or delete or truncate on ledger.event_archives
  for each statement execute function ledger.refuse_change();

-- Partitions of the log with their bounds, the oldest first.
create view ledger.event_partitions as
  select c.relname as name,
    (regexp_match(pg_get_expr(c.relpartbound, c.oid), 'FROM \(''?(\d+)''?\) TO'))[1]::bigint as first_position,
    (regexp_match(pg_get_expr(c.relpartbound, c.oid), 'TO \(''?(\d+)''?\)'))[1]::bigint - 1 as last_position
  from pg_inherits i join pg_class c on c.oid = i.inhrelid
  where i.inhparent = 'ledger.events'::regclass order by 2;

-- As before, but what was dropped is not made anew.
create or replace function ledger.ensure_partitions(up_to bigint) returns void
  language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  size constant bigint := 20000000;
  parent text;
  first bigint;
  child text;
begin
  for first in select n * size from generate_series(0, up_to / size) as n loop
    foreach parent in array array['entries', 'lines', 'events'] loop
      child := format('%s_%s', parent, to_char(first / size, 'FM00000'));
      continue when to_regclass('ledger.' || child) is not null;
      continue when parent = 'events' and first < (select min(first_position) from ledger.event_partitions);
      execute format('create table ledger.%I (like ledger.%I including defaults including constraints)', child, parent);
      execute format('alter table ledger.%I attach partition ledger.%I for values from (%s) to (%s)',
        parent, child, first, first + size);
      execute format('create trigger append_only before update or delete or truncate on ledger.%I '
        'for each statement execute function ledger.refuse_change()', child);
    end loop;
  end loop;
end $$;

-- Drops a partition of the log that is archived whole, and that the relay and the worker are past. Runs as its
-- owner; who calls it answers for the consumers that keep their place elsewhere.
create function ledger.drop_event_partition(p_name text) returns void
  language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  part record;
  missing bigint;
begin
  select * into strict part from ledger.event_partitions where name = p_name;
  execute format('select count(*) from ledger.%I v where not exists (select from ledger.event_archives a '
    'where v.position between a.first_position and a.last_position)', p_name) into missing;
  if missing > 0 then
    raise exception '% events of % are not archived', missing, p_name;
  end if;
  if part.last_position >= (select position from ledger.head) then
    raise exception '% is still written to', p_name;
  end if;
  if exists (select from relay.cursors where position < part.last_position) then
    raise exception 'the relay is not past %', p_name;
  end if;
  if exists (select from worker.checkpoints where position < part.last_position) then
    raise exception 'the worker is not past %', p_name;
  end if;
  set local lock_timeout = '2s';
  execute format('alter table ledger.events detach partition ledger.%I', p_name);
  execute format('drop table ledger.%I', p_name);
end $$;

do $$
begin
  if to_regrole('credit_ledger_app') is null then return; end if;
  grant select, insert on ledger.event_archives to credit_ledger_app;
  grant select on ledger.event_partitions to credit_ledger_app;
end $$;
