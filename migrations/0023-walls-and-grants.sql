-- Expands: programs that do not know this file run on.
-- The wall of 0013 for what names an account and no ledger: it is seen where its account is, which has a wall. The limit
-- keeps that to one look-up a row; without it the planner may gather all accounts of the ledger first. Lines have none:
-- docs/decisions/0046 says what it costs.
alter table ledger.account_history enable row level security;
alter table ledger.account_history force row level security;
create policy open on ledger.account_history using (true) with check (true);
do $$
begin
  if to_regrole('credit_ledger_reader') is null then return; end if;
  create policy wall on ledger.account_history as restrictive to credit_ledger_reader
    using ((select true from ledger.accounts a where a.id = account_history.account_id limit 1));
end $$;

-- Roles are granted sandboxes by their names, which stand for one life after another: a grant outlives a reset.
create index ledgers_by_sandbox on ledger.ledgers (sandbox, id) where sandbox is not null;

create or replace function ledger_api.may_use(caller name, wanted text) returns boolean
  language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select exists (
    select from ledger_api.role_ledgers g join pg_catalog.pg_roles r on r.rolname = g.role
      where (g.ledger = wanted or g.ledger = (select l.sandbox from ledger.ledgers l where l.name = wanted))
        and pg_catalog.pg_has_role(caller, r.oid, 'USAGE'))
$$;

-- A command belongs to the life that the name stands for when it is asked for, however late it is carried out.
create function ledger_api.choose_life() returns trigger
  language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  new.ledger := coalesce(
    (select l.name from ledger.ledgers l where l.sandbox = new.ledger order by l.id desc limit 1), new.ledger);
  return new;
end $$;
revoke all on function ledger_api.choose_life from public;
create trigger choose_life before insert on ledger_api.commands
  for each row execute function ledger_api.choose_life();

create or replace function ledger_api.grant_ledger(role name, ledger text) returns void
  language plpgsql security invoker set search_path = pg_catalog, pg_temp as $$
declare
  granted text;
begin
  if to_regrole(quote_ident(grant_ledger.role)) is null then
    raise exception 'there is no role %', role using errcode = 'undefined_object';
  end if;
  select coalesce(l.sandbox, l.name) into granted from ledger.ledgers l
    where grant_ledger.ledger in (l.name, l.sandbox) limit 1;
  if granted is null then
    raise exception 'there is no ledger %', ledger using errcode = 'invalid_parameter_value';
  end if;
  insert into ledger_api.role_ledgers values (grant_ledger.role, granted) on conflict do nothing;
end $$;

create or replace function ledger_api.revoke_ledger(role name, ledger text) returns void
  language plpgsql security invoker set search_path = pg_catalog, pg_temp as $$
begin
  delete from ledger_api.role_ledgers g where g.role = revoke_ledger.role and (g.ledger = revoke_ledger.ledger
    or g.ledger = (select l.sandbox from ledger.ledgers l where l.name = revoke_ledger.ledger));
end $$;

-- What was granted before named a life.
with named as (
  delete from ledger_api.role_ledgers g using ledger.ledgers l
    where l.name = g.ledger and l.sandbox is not null returning g.role, l.sandbox, g.granted_at)
insert into ledger_api.role_ledgers select role, sandbox, min(granted_at) from named group by 1, 2
  on conflict do nothing;
