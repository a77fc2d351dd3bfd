-- The wall of migrations/0013 for the read models. A rebuild replaces tables, so it raises the wall again. Tables that
-- name an account and no ledger are read with the account, which has a wall.
create function read_models.raise_wall(name text) returns void language plpgsql as $$
declare
  has_reader constant boolean := to_regrole('credit_ledger_reader') is not null;
begin
  if has_reader then execute format('grant select on read_models.%I to credit_ledger_reader', name); end if;
  if not exists (select from pg_attribute where attrelid = ('read_models.' || quote_ident(name))::regclass
      and attname = 'ledger' and not attisdropped) then return; end if;
  execute format('alter table read_models.%I enable row level security', name);
  execute format('alter table read_models.%I force row level security', name);
  execute format('create policy open on read_models.%I using (true) with check (true)', name);
  if not has_reader then return; end if;
  execute format('create policy wall on read_models.%I as restrictive to credit_ledger_reader using (%s)', name,
    $w$ledger = any((select string_to_array(current_setting('credit_ledger.ledgers', true), ','))::text[])$w$);
end $$;

do $$ begin
  perform read_models.raise_wall(name) from unnest(array['accounts', 'balances', 'balance_history', 'limit_history',
    'statement_lines', 'daily_balances', 'daily_totals', 'transfer_timeline', 'transfers']) as name;
  if to_regrole('credit_ledger_reader') is null then return; end if;
  grant usage on schema read_models to credit_ledger_reader;
  grant select on read_models.projections, read_models.checkpoints to credit_ledger_reader;
end $$;
