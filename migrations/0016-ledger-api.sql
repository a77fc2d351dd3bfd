-- The ledger from within the database: an application in it asks for commands in its own transaction, and they are
-- carried out once after its commit (docs/guides/from-sql.md). The schema's name is part of the contract.
create schema ledger_api;

-- Which roles may use which ledgers; members of a role may what it may.
create table ledger_api.role_ledgers (
  role name not null,
  ledger text not null,
  granted_at timestamptz not null default clock_timestamp(),
  primary key (role, ledger)
);

-- What was asked for and what came of it. It is read by its state and not by a cursor, so it does not matter in which
-- order transactions commit: a row is there from its commit on, until it has its answer.
create table ledger_api.commands (
  id uuid primary key default gen_random_uuid(),
  number bigint generated always as identity unique,
  operation text not null,
  -- What the operation is about, which HTTP has in the path: an account, a transfer or an entry.
  target text,
  body jsonb not null default '{}' check (octet_length(body::text) <= 1048576),
  ledger text not null default 'main',
  idempotency_key text check (idempotency_key ~ '^[\x21-\x7e]{1,255}$'),
  -- Whose it is: the role that was in effect, and the session, whose commands are carried out in order.
  role name not null default current_user,
  session integer not null default pg_backend_pid(),
  created_at timestamptz not null default clock_timestamp(),
  -- The answer as HTTP gives it: status and body, a problem document where it is refused.
  status smallint,
  answer jsonb,
  finished_at timestamptz,
  attempts integer not null default 0,
  last_error text,
  check ((status is null) = (answer is null) and (status is null) = (finished_at is null))
);
create index commands_open on ledger_api.commands (number) where status is null;
create index commands_by_end on ledger_api.commands (finished_at) where status is not null;

-- Whether a role may use a ledger, by itself or as a member. A role that was dropped has no members.
create function ledger_api.may_use(caller name, wanted text) returns boolean
  language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select exists (
    select from ledger_api.role_ledgers g join pg_catalog.pg_roles r on r.rolname = g.role
      where g.ledger = wanted and pg_catalog.pg_has_role(caller, r.oid, 'USAGE'))
$$;

alter table ledger_api.commands enable row level security;
create policy ask on ledger_api.commands for insert to public
  with check (role = current_user and ledger_api.may_use(current_user, ledger));
create policy read_own on ledger_api.commands for select to public using (role = current_user);

-- Wakes whoever carries commands out; it looks from time to time in any case.
create function ledger_api.announce() returns trigger
  language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  perform pg_notify('ledger_commands', '');
  return null;
end $$;
create trigger announce after insert on ledger_api.commands
  for each statement execute function ledger_api.announce();

-- Asks for a command in the caller's transaction. It runs with the caller's rights: the row says who that is.
create function ledger_api.submit(
  operation text, body jsonb default '{}', target text default null, ledger text default 'main',
  idempotency_key text default null
) returns uuid
  language plpgsql volatile security invoker set search_path = pg_catalog, pg_temp as $$
declare
  made uuid;
begin
  if operation is null or operation not in ('open_account', 'update_account', 'post_transfer', 'post_transfers',
      'deposit', 'withdraw', 'settle_hold', 'void_hold', 'cancel_transfer', 'reverse_transfer', 'post_entry',
      'reverse_entry') then
    raise exception 'ledger_api has no operation %', coalesce(operation, 'null') using errcode = 'invalid_parameter_value';
  end if;
  if not ledger_api.may_use(current_user, ledger) then
    raise exception 'the role % has no grant on the ledger %', current_user, ledger
      using errcode = 'insufficient_privilege', hint = 'an administrator gives it: select ledger_api.grant_ledger(role, ledger)';
  end if;
  insert into ledger_api.commands (operation, body, target, ledger, idempotency_key)
    values (submit.operation, submit.body, submit.target, submit.ledger, submit.idempotency_key)
    returning id into made;
  return made;
end $$;

-- Waits for the answer to a command that was committed; null columns where there is none in time.
create function ledger_api.wait_for(command uuid, at_most interval default '5 seconds')
  returns table (status smallint, answer jsonb)
  language plpgsql volatile security invoker set search_path = pg_catalog, pg_temp as $$
declare
  deadline constant timestamptz := clock_timestamp() + least(at_most, interval '1 minute');
begin
  loop
    select c.status, c.answer into wait_for.status, wait_for.answer
      from ledger_api.commands c where c.id = wait_for.command;
    exit when wait_for.status is not null or clock_timestamp() >= deadline;
    perform pg_sleep(0.01);
  end loop;
  return next;
end $$;

-- Gives a role, and whoever is a member of it, the use of a ledger; takes it away. Only for the owner of the schema.
create function ledger_api.grant_ledger(role name, ledger text) returns void
  language plpgsql security invoker set search_path = pg_catalog, pg_temp as $$
begin
  if to_regrole(quote_ident(grant_ledger.role)) is null then
    raise exception 'there is no role %', role using errcode = 'undefined_object';
  end if;
  if not exists (select from ledger.ledgers l where l.name = grant_ledger.ledger) then
    raise exception 'there is no ledger %', ledger using errcode = 'invalid_parameter_value';
  end if;
  insert into ledger_api.role_ledgers values (grant_ledger.role, grant_ledger.ledger) on conflict do nothing;
end $$;
create function ledger_api.revoke_ledger(role name, ledger text) returns void
  language plpgsql security invoker set search_path = pg_catalog, pg_temp as $$
begin
  delete from ledger_api.role_ledgers g where g.role = revoke_ledger.role and g.ledger = revoke_ledger.ledger;
end $$;

revoke all on function ledger_api.grant_ledger, ledger_api.revoke_ledger, ledger_api.announce from public;
grant usage on schema ledger_api to public;
grant select on ledger_api.commands to public;
grant insert (operation, body, target, ledger, idempotency_key) on ledger_api.commands to public;

do $$
begin
  if to_regrole('credit_ledger_app') is null then return; end if;
  grant select, update, delete on ledger_api.commands to credit_ledger_app;
  create policy carry_out on ledger_api.commands for update to credit_ledger_app using (true) with check (true);
  create policy see_all on ledger_api.commands for select to credit_ledger_app using (true);
  create policy forget on ledger_api.commands for delete to credit_ledger_app using (true);
end $$;
