-- Signed tree heads over each journal, and enough of the trees that a proof and the next head read little
-- (docs/receipt-format.md). Nothing here is trusted: heads carry signatures, and SEAL_DIR keeps them a second time.
create schema proof;

-- Public keys that heads were signed with; the private ones are never in the database.
create table proof.keys (
  id text primary key,
  public_key bytea not null,
  created_at timestamptz not null default clock_timestamp()
);

-- The nodes of whole subtrees of 2^8, 2^16, 2^24 … leaves. The leaves are the entries' own hashes.
create table proof.nodes (
  -- `journal/<ledger>`, or `audit`.
  tree text not null,
  level smallint not null,
  index bigint not null,
  hash bytea not null,
  primary key (tree, level, index)
);

create table proof.heads (
  number bigint generated always as identity primary key,
  tree text not null,
  size bigint not null,
  root bytea not null,
  sealed_at timestamptz not null,
  key_id text not null references proof.keys (id),
  -- The signed note, whole.
  note text not null,
  -- Of its event; null until it is in the log.
  position bigint,
  unique (tree, size)
);

-- Verifications of the whole book. One that was interrupted goes on from what it last saved of itself.
create table proof.verifications (
  id uuid primary key,
  number bigint generated always as identity unique,
  state text not null default 'waiting' check (state in ('waiting', 'verifying', 'done', 'differs', 'failed', 'cancelled')),
  position bigint not null default 0,
  target bigint not null default 0,
  -- What was found, by check.
  report jsonb,
  error text,
  actor text not null,
  created_at timestamptz not null default clock_timestamp(),
  updated_at timestamptz not null default clock_timestamp(),
  finished_at timestamptz
);
create unique index verifications_running on proof.verifications ((true)) where state in ('waiting', 'verifying');

create table proof.verification_states (
  verification uuid not null references proof.verifications (id),
  part integer not null,
  bytes bytea not null,
  primary key (verification, part)
);

do $$
begin
  if to_regrole('credit_ledger_app') is null then return; end if;
  grant usage on schema proof to credit_ledger_app;
  grant select, insert on all tables in schema proof to credit_ledger_app;
  grant update (position) on proof.heads to credit_ledger_app;
  grant update on proof.verifications to credit_ledger_app;
  grant delete on proof.verification_states to credit_ledger_app;
end $$;
