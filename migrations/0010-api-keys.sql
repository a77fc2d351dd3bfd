-- Keys are looked up by their id and compared by a keyed digest (HMAC-SHA-256 with the server's pepper), so that a
-- copy of this table lets nobody in. The digests of before, without a pepper, no longer match anything.
alter table ledger.api_keys
  -- By which pepper it was made; a key of another one is refused.
  add column pepper_id text,
  add column last_used_at timestamptz,
  -- Requests a second; null: what the settings say.
  add column rate_limit_per_second integer check (rate_limit_per_second >= 1),
  -- The key that took this one's place; both count until this one expires.
  add column replaced_by text;

-- Every gateway hears at once of a key that changed. The time of its last use is no change.
create function ledger.announce_api_key() returns trigger language plpgsql as $$
begin
  perform pg_notify('api_keys', old.id);
  return null;
end $$;
create trigger announce after update of hash, scopes, ledgers, expires_at, revoked_at,
    rate_limit_per_second or delete on ledger.api_keys
  for each row execute function ledger.announce_api_key();
