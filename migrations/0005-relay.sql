-- The relay's own state: who may send, and how far the broker has confirmed. Nothing here is truth: a cursor that
-- is lost or behind only means that events are sent again.
create schema relay;

-- One holder a name at a time. Times are the database's, so that clocks of hosts don't matter.
create table relay.leases (
  name text primary key,
  holder uuid not null,
  until timestamptz not null
) with (fillfactor = 20);

-- One row a transport. The epoch is that of the event at the position, by which a log that went back is known.
create table relay.cursors (
  transport text primary key,
  position bigint not null default 0,
  epoch bigint not null default 0,
  saved_at timestamptz,
  -- Why the relay does not send at present, null while it does.
  fault text,
  fault_at timestamptz,
  -- The log is not the one that was published: nothing is sent until someone decided.
  halted boolean not null default false
) with (fillfactor = 20);

do $$
begin
  if to_regrole('credit_ledger_app') is null then return; end if;
  grant usage on schema relay to credit_ledger_app;
  grant select, insert, update, delete on relay.leases to credit_ledger_app;
  grant select, insert, update on relay.cursors to credit_ledger_app;
end $$;
