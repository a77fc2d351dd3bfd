-- Expands: programs that do not know this file run on.
-- The wall of 0005 for tables that name an account and no ledger: a row is seen where its account is. By a function,
-- because a rebuild puts another table of accounts in place: a policy knows a table and not its name. Lines of statements have
-- none: docs/decisions/0046 says what it costs.
create function read_models.shows_account(account uuid) returns boolean language plpgsql stable as $$
begin
  return exists (select from read_models.accounts a where a.id = account);
end $$;

create or replace function read_models.raise_wall(name text) returns void language plpgsql as $$
declare
  has_reader constant boolean := to_regrole('credit_ledger_reader') is not null;
  place constant regclass := ('read_models.' || quote_ident(name))::regclass;
  condition text;
begin
  if has_reader then execute format('grant select on read_models.%I to credit_ledger_reader', name); end if;
  select case attname
      when 'ledger' then $w$ledger = any((select string_to_array(current_setting('credit_ledger.ledgers', true), ','))::text[])$w$
      else 'read_models.shows_account(account_id)' end
    into condition
    from pg_attribute where attrelid = place and attname in ('ledger', 'account_id') and not attisdropped
    order by attname desc limit 1;
  if condition is null or name = 'statement_lines' or exists (select from pg_policy where polrelid = place and polname = 'open') then return; end if;
  execute format('alter table read_models.%I enable row level security', name);
  execute format('alter table read_models.%I force row level security', name);
  execute format('create policy open on read_models.%I using (true) with check (true)', name);
  if not has_reader then return; end if;
  execute format('create policy wall on read_models.%I as restrictive to credit_ledger_reader using (%s)', name, condition);
end $$;

do $$ begin
  perform read_models.raise_wall(name)
    from unnest(array['balances', 'balance_history', 'limit_history', 'daily_balances']) as name;
end $$;
