-- The schema after every migration, for reading and review. Made by npm run generate.

-- Schemas

create schema ledger;

create schema ledger_api;

create schema proof;

create schema read_models;

create schema relay;

create schema scheduler;

create schema webhooks;

create schema worker;

-- Tables

create table ledger.account_history (
  account_id uuid not null,
  version bigint not null,
  "position" bigint not null,
  recorded_at timestamp with time zone not null,
  status text not null,
  credit_limit_minor bigint,
  debits_minor bigint not null,
  credits_minor bigint not null,
  held_minor bigint not null,
  incoming_minor bigint not null
);

create table ledger.accounts (
  id uuid not null,
  ledger_id integer not null,
  external_id text,
  type text not null,
  normal_side text not null,
  currency text not null,
  external boolean not null,
  name text,
  status text not null,
  credit_limit_minor bigint,
  credit_limit_schedule text not null,
  next_limit_at timestamp with time zone,
  metadata text not null,
  debits_minor bigint not null,
  credits_minor bigint not null,
  held_minor bigint not null,
  incoming_minor bigint not null,
  version bigint not null,
  revision bigint not null,
  created_at timestamp with time zone not null,
  updated_at timestamp with time zone not null,
  created_position bigint not null,
  "position" bigint not null
) with (fillfactor=60);

create table ledger.api_keys (
  id text not null,
  hash bytea not null,
  name text not null,
  scopes text[] not null,
  ledgers text[] not null,
  created_at timestamp with time zone not null,
  expires_at timestamp with time zone,
  revoked_at timestamp with time zone,
  pepper_id text,
  last_used_at timestamp with time zone,
  rate_limit_per_second integer,
  replaced_by text
);

create table ledger.approvals (
  id uuid not null,
  number bigint generated always as identity not null,
  name text not null,
  operation text not null,
  ledger text not null,
  method text not null,
  path text not null,
  params jsonb not null,
  headers jsonb not null,
  body text,
  fingerprint uuid not null,
  traceparent text,
  correlation_id text,
  requested_by text not null,
  requested_at timestamp with time zone default clock_timestamp() not null,
  expires_at timestamp with time zone not null,
  state text default 'pending'::text not null,
  decided_by text,
  decided_at timestamp with time zone,
  reason text,
  answer_status integer,
  answer text
);

create table ledger.audit_log (
  number bigint not null,
  recorded_at timestamp with time zone not null,
  outcome text not null,
  action text not null,
  actor text,
  ledger text,
  method text,
  path text,
  address text,
  request_id text,
  status smallint,
  code text,
  occurrences integer not null,
  detail text,
  hash bytea not null
);

create table ledger.currencies (
  code text not null,
  scale smallint not null,
  created_at timestamp with time zone not null
);

create table ledger.entries (
  ledger_id integer not null,
  entry_number bigint not null,
  "position" bigint not null,
  id uuid not null,
  transfer_id uuid,
  batch_id text,
  reverses uuid,
  forced boolean not null,
  description text,
  metadata text not null,
  posted_at timestamp with time zone not null,
  effective_at timestamp with time zone not null,
  hash bytea not null
) partition by RANGE ("position");

create table ledger.entry_reversals (
  entry_id uuid not null,
  reversed_by uuid not null
);

create table ledger.event_archives (
  first_position bigint not null,
  last_position bigint not null,
  file text not null,
  sha256 bytea not null,
  archived_at timestamp with time zone default clock_timestamp() not null
);

create table ledger.events (
  "position" bigint not null,
  epoch bigint not null,
  batch bigint not null,
  type text not null,
  schema_version smallint not null,
  ledger_id integer not null,
  aggregate text not null,
  key uuid not null,
  payload bytea not null,
  traceparent text,
  correlation_id text,
  recorded_at timestamp with time zone not null
) partition by RANGE ("position");

create table ledger.head (
  singleton boolean default true not null,
  database_id uuid default gen_random_uuid() not null,
  epoch bigint default 0 not null,
  "position" bigint default 0 not null,
  batch bigint default 0 not null,
  "time" timestamp with time zone default '1970-01-01 00:00:00+00'::timestamp with time zone not null,
  holder text default ''::text not null,
  alive_at timestamp with time zone default clock_timestamp() not null
) with (fillfactor=10);

create table ledger.keys (
  digest uuid not null,
  fingerprint uuid not null,
  kind text not null,
  subject uuid,
  answer text,
  created_at timestamp with time zone not null
);

create table ledger.ledgers (
  id integer not null,
  name text not null,
  default_credit_limit_minor bigint,
  entry_count bigint default 0 not null,
  head_hash bytea default decode(repeat('00'::text, 32), 'hex'::text) not null,
  created_at timestamp with time zone not null,
  closed_until timestamp with time zone,
  period_count integer default 0 not null,
  period_hash bytea default decode(repeat('00'::text, 32), 'hex'::text) not null,
  sandbox text,
  clock_offset_ms bigint default 0 not null
) with (fillfactor=50);

create table ledger.lines (
  "position" bigint not null,
  line_number smallint not null,
  account_id uuid not null,
  entry_number bigint not null,
  side text not null,
  amount_minor bigint not null,
  balance_after_minor bigint not null,
  debits_after_minor bigint not null,
  held_after_minor bigint not null,
  incoming_after_minor bigint not null,
  version bigint not null,
  posted_at timestamp with time zone not null,
  effective_at timestamp with time zone not null
) partition by RANGE ("position");

create table ledger.period_balances (
  ledger_id integer not null,
  number integer not null,
  currency text not null,
  type text not null,
  accounts bigint not null,
  debits_minor numeric not null,
  credits_minor numeric not null
);

create table ledger.period_balances_made (
  ledger_id integer not null,
  number integer not null,
  made_at timestamp with time zone default clock_timestamp() not null
);

create table ledger.period_closes (
  ledger_id integer not null,
  number integer not null,
  ends_at timestamp with time zone not null,
  closed_at timestamp with time zone not null,
  "position" bigint not null,
  entry_count bigint not null,
  head_hash bytea not null,
  description text,
  hash bytea not null
);

create table ledger.transfers (
  id uuid not null,
  ledger_id integer not null,
  external_id text,
  from_id uuid,
  to_id uuid,
  amount_minor bigint not null,
  currency text not null,
  status text not null,
  created_as text not null,
  held_minor bigint not null,
  settled_minor bigint not null,
  reversed_minor bigint not null,
  reverses uuid,
  ended_by text,
  entry_id uuid,
  entry_number bigint,
  failure text,
  description text,
  metadata text not null,
  fingerprint uuid,
  effective_at timestamp with time zone not null,
  execute_at timestamp with time zone,
  expires_at timestamp with time zone,
  created_at timestamp with time zone not null,
  completed_at timestamp with time zone,
  created_position bigint not null,
  "position" bigint not null,
  deferred text
) with (fillfactor=90);

create table ledger_api.commands (
  id uuid default gen_random_uuid() not null,
  number bigint generated always as identity not null,
  operation text not null,
  target text,
  body jsonb default '{}'::jsonb not null,
  ledger text default 'main'::text not null,
  idempotency_key text,
  role name default CURRENT_USER not null,
  session integer default pg_backend_pid() not null,
  created_at timestamp with time zone default clock_timestamp() not null,
  status smallint,
  answer jsonb,
  finished_at timestamp with time zone,
  attempts integer default 0 not null,
  last_error text
);

create table ledger_api.role_ledgers (
  role name not null,
  ledger text not null,
  granted_at timestamp with time zone default clock_timestamp() not null
);

create table proof.heads (
  number bigint generated always as identity not null,
  tree text not null,
  size bigint not null,
  root bytea not null,
  sealed_at timestamp with time zone not null,
  key_id text not null,
  note text not null,
  "position" bigint
);

create table proof.keys (
  id text not null,
  public_key bytea not null,
  created_at timestamp with time zone default clock_timestamp() not null
);

create table proof.nodes (
  tree text not null,
  level smallint not null,
  index bigint not null,
  hash bytea not null
);

create table proof.verification_states (
  verification uuid not null,
  part integer not null,
  bytes bytea not null
);

create table proof.verifications (
  id uuid not null,
  number bigint generated always as identity not null,
  state text default 'waiting'::text not null,
  "position" bigint default 0 not null,
  target bigint default 0 not null,
  report jsonb,
  error text,
  actor text not null,
  created_at timestamp with time zone default clock_timestamp() not null,
  updated_at timestamp with time zone default clock_timestamp() not null,
  finished_at timestamp with time zone
);

create table public.read_model_migrations (
  number integer not null,
  name text not null,
  checksum text not null,
  applied_at timestamp with time zone default now() not null,
  expands boolean default false not null
);

create table public.schema_migrations (
  number integer not null,
  name text not null,
  checksum text not null,
  applied_at timestamp with time zone default now() not null,
  expands boolean default false not null
);

create table read_models.accounts (
  id uuid not null,
  ledger text not null,
  external_id text,
  type text not null,
  normal_side text not null,
  currency text not null,
  name text,
  status text not null,
  credit_limit_minor bigint,
  credit_limit_schedule text not null,
  metadata text not null,
  revision bigint not null,
  created_at timestamp with time zone not null,
  updated_at timestamp with time zone not null,
  "position" bigint not null
);

create table read_models.balance_history (
  account_id uuid not null,
  recorded_at timestamp with time zone not null,
  version bigint not null,
  "position" bigint not null,
  debits_minor bigint not null,
  credits_minor bigint not null,
  held_minor bigint not null,
  incoming_minor bigint not null
);

create table read_models.balances (
  account_id uuid not null,
  debits_minor bigint not null,
  credits_minor bigint not null,
  balance_minor bigint not null,
  held_minor bigint not null,
  incoming_minor bigint not null,
  version bigint not null,
  updated_at timestamp with time zone not null,
  "position" bigint not null
) with (fillfactor=60);

create table read_models.checkpoints (
  projection text not null,
  partition text not null,
  "position" bigint not null,
  recorded_at timestamp with time zone not null
) with (fillfactor=50);

create table read_models.daily_balances (
  account_id uuid not null,
  day date not null,
  ledger text not null,
  currency text not null,
  recorded_debits_minor bigint not null,
  recorded_credits_minor bigint not null,
  recorded_debit_count bigint not null,
  recorded_credit_count bigint not null,
  effective_debits_minor bigint not null,
  effective_credits_minor bigint not null,
  effective_debit_count bigint not null,
  effective_credit_count bigint not null,
  "position" bigint not null
) with (fillfactor=60);

create table read_models.daily_totals (
  ledger text not null,
  currency text not null,
  day date not null,
  recorded_debits_minor numeric not null,
  recorded_credits_minor numeric not null,
  recorded_debit_count bigint not null,
  recorded_credit_count bigint not null,
  effective_debits_minor numeric not null,
  effective_credits_minor numeric not null,
  effective_debit_count bigint not null,
  effective_credit_count bigint not null,
  "position" bigint not null
) with (fillfactor=20);

create table read_models.dead_letter_actions (
  number bigint generated always as identity not null,
  dead_letter_id uuid not null,
  action text not null,
  actor text not null,
  reason text,
  at timestamp with time zone default clock_timestamp() not null
);

create table read_models.dead_letters (
  id uuid default gen_random_uuid() not null,
  number bigint generated always as identity not null,
  kind text not null,
  consumer text not null,
  consumer_version integer not null,
  topic text not null,
  partition text not null,
  "position" bigint not null,
  event_id uuid not null,
  key uuid not null,
  keys uuid[] not null,
  type text not null,
  payload bytea not null,
  headers jsonb not null,
  error_class text not null,
  message text not null,
  stack text not null,
  attempts integer not null,
  first_failed_at timestamp with time zone not null,
  last_failed_at timestamp with time zone not null,
  status text not null,
  reason text
);

create table read_models.limit_history (
  account_id uuid not null,
  revision bigint not null,
  recorded_at timestamp with time zone not null,
  "position" bigint not null,
  status text not null,
  credit_limit_minor bigint
);

create table read_models.operations (
  id uuid not null,
  number bigint generated always as identity not null,
  projection text not null,
  kind text not null,
  account_id uuid,
  accept_differences boolean not null,
  state text not null,
  "position" bigint default 0 not null,
  target bigint default 0 not null,
  comparison jsonb,
  skipped bigint[] default '{}'::bigint[] not null,
  error text,
  actor text not null,
  created_at timestamp with time zone default clock_timestamp() not null,
  updated_at timestamp with time zone default clock_timestamp() not null,
  finished_at timestamp with time zone
);

create table read_models.projections (
  name text not null,
  generation integer default 1 not null,
  state text default 'running'::text not null,
  reason text,
  base_position bigint default 0 not null,
  changed_at timestamp with time zone default clock_timestamp() not null,
  drifted_at timestamp with time zone,
  drift_run uuid
) with (fillfactor=50);

create table read_models.statement_lines (
  account_id uuid not null,
  posted_at timestamp with time zone not null,
  "position" bigint not null,
  line_number smallint not null,
  side text not null,
  amount_minor bigint not null,
  balance_after_minor bigint not null,
  version bigint not null,
  effective_at timestamp with time zone not null,
  entry_id uuid not null,
  entry_number bigint not null,
  transfer_id uuid,
  counterparty_account_id uuid,
  description text,
  metadata text not null
);

create table read_models.transfer_timeline (
  transfer_id uuid not null,
  "position" bigint not null,
  event_id uuid not null,
  type text not null,
  ledger text not null,
  status text not null,
  accepted_at timestamp with time zone,
  committed_at timestamp with time zone not null,
  published_at timestamp with time zone not null,
  projected_at timestamp with time zone default clock_timestamp() not null,
  traceparent text,
  correlation_id text
);

create table read_models.transfers (
  transfer_id uuid not null,
  ledger text not null,
  from_id uuid,
  to_id uuid,
  amount_minor bigint not null,
  status text not null,
  metadata text not null,
  external_id text,
  effective_at timestamp with time zone not null,
  created_at timestamp with time zone not null,
  "position" bigint not null
) with (fillfactor=80);

create table relay.cursors (
  transport text not null,
  "position" bigint default 0 not null,
  epoch bigint default 0 not null,
  saved_at timestamp with time zone,
  fault text,
  fault_at timestamp with time zone,
  halted boolean default false not null
) with (fillfactor=20);

create table relay.leases (
  name text not null,
  holder uuid not null,
  until timestamp with time zone not null
) with (fillfactor=20);

create table scheduler.jobs (
  name text not null,
  every_ms bigint,
  next_run_at timestamp with time zone
);

create table scheduler.runs (
  id uuid not null,
  number bigint generated always as identity not null,
  job text not null,
  actor text,
  params jsonb default '{}'::jsonb not null,
  state text not null,
  progress double precision default 0 not null,
  result jsonb,
  error text,
  created_at timestamp with time zone default clock_timestamp() not null,
  started_at timestamp with time zone,
  finished_at timestamp with time zone
);

create table webhooks.attempts (
  delivery_id uuid not null,
  attempt integer not null,
  started_at timestamp with time zone not null,
  duration_ms integer not null,
  status smallint,
  error text,
  response text
);

create table webhooks.checkpoints (
  partition text not null,
  "position" bigint not null
) with (fillfactor=20);

create table webhooks.deliveries (
  id uuid default gen_random_uuid() not null,
  number bigint generated always as identity not null,
  endpoint_id uuid not null,
  message_id uuid not null,
  "position" bigint,
  accounts uuid[] not null,
  state text default 'pending'::text not null,
  attempts integer default 0 not null,
  attempts_before integer default 0 not null,
  first_attempt_at timestamp with time zone,
  due_at timestamp with time zone default clock_timestamp() not null,
  created_at timestamp with time zone default clock_timestamp() not null,
  ended_at timestamp with time zone
);

create table webhooks.endpoints (
  id uuid not null,
  number bigint generated always as identity not null,
  url text not null,
  description text,
  ledgers text[] not null,
  event_types text[],
  account_ids uuid[],
  status text default 'ACTIVE'::text not null,
  disabled_reason text,
  failing_since timestamp with time zone,
  secret text not null,
  previous_secret text,
  previous_secret_until timestamp with time zone,
  after_position bigint not null,
  created_at timestamp with time zone default clock_timestamp() not null,
  updated_at timestamp with time zone default clock_timestamp() not null
);

create table webhooks.messages (
  id uuid not null,
  "position" bigint,
  type text not null,
  ledger text not null,
  body text not null,
  created_at timestamp with time zone default clock_timestamp() not null,
  traceparent text
);

create table worker.checkpoints (
  partition text not null,
  "position" bigint not null
);

create table worker.jobs (
  transfer_id uuid not null,
  ledger text not null,
  partition text not null,
  "position" bigint not null,
  event_id uuid not null,
  traceparent text,
  correlation_id text,
  state text default 'waiting'::text not null,
  due_at timestamp with time zone not null,
  attempts integer default 0 not null,
  last_error text,
  first_failed_at timestamp with time zone,
  last_failed_at timestamp with time zone
);

create table ledger.entries_00000 partition of ledger.entries FOR VALUES FROM ('0') TO ('20000000');

create table ledger.entries_00001 partition of ledger.entries FOR VALUES FROM ('20000000') TO ('40000000');

create table ledger.events_00000 partition of ledger.events FOR VALUES FROM ('0') TO ('20000000');

create table ledger.events_00001 partition of ledger.events FOR VALUES FROM ('20000000') TO ('40000000');

create table ledger.lines_00000 partition of ledger.lines FOR VALUES FROM ('0') TO ('20000000');

create table ledger.lines_00001 partition of ledger.lines FOR VALUES FROM ('20000000') TO ('40000000');

-- Constraints

alter table ledger.account_history add constraint account_history_pkey PRIMARY KEY (account_id, recorded_at, version);

alter table ledger.accounts add constraint accounts_pkey PRIMARY KEY (id);

alter table ledger.api_keys add constraint api_keys_pkey PRIMARY KEY (id);

alter table ledger.approvals add constraint approvals_pkey PRIMARY KEY (id);

alter table ledger.audit_log add constraint audit_log_pkey PRIMARY KEY (number);

alter table ledger.currencies add constraint currencies_pkey PRIMARY KEY (code);

alter table ledger.entries add constraint entries_pkey PRIMARY KEY (ledger_id, entry_number, "position");

alter table ledger.entry_reversals add constraint entry_reversals_pkey PRIMARY KEY (entry_id);

alter table ledger.event_archives add constraint event_archives_pkey PRIMARY KEY (first_position);

alter table ledger.events add constraint events_pkey PRIMARY KEY ("position");

alter table ledger.head add constraint head_pkey PRIMARY KEY (singleton);

alter table ledger.keys add constraint keys_pkey PRIMARY KEY (digest);

alter table ledger.ledgers add constraint ledgers_pkey PRIMARY KEY (id);

alter table ledger.lines add constraint lines_pkey PRIMARY KEY ("position", line_number);

alter table ledger.period_balances add constraint period_balances_pkey PRIMARY KEY (ledger_id, number, currency, type);

alter table ledger.period_balances_made add constraint period_balances_made_pkey PRIMARY KEY (ledger_id, number);

alter table ledger.period_closes add constraint period_closes_pkey PRIMARY KEY (ledger_id, number);

alter table ledger.transfers add constraint transfers_pkey PRIMARY KEY (id);

alter table ledger_api.commands add constraint commands_pkey PRIMARY KEY (id);

alter table ledger_api.role_ledgers add constraint role_ledgers_pkey PRIMARY KEY (role, ledger);

alter table proof.heads add constraint heads_pkey PRIMARY KEY (number);

alter table proof.keys add constraint keys_pkey PRIMARY KEY (id);

alter table proof.nodes add constraint nodes_pkey PRIMARY KEY (tree, level, index);

alter table proof.verification_states add constraint verification_states_pkey PRIMARY KEY (verification, part);

alter table proof.verifications add constraint verifications_pkey PRIMARY KEY (id);

alter table public.read_model_migrations add constraint read_model_migrations_pkey PRIMARY KEY (number);

alter table public.schema_migrations add constraint schema_migrations_pkey PRIMARY KEY (number);

alter table read_models.accounts add constraint accounts_pkey PRIMARY KEY (id);

alter table read_models.balance_history add constraint balance_history_pkey PRIMARY KEY (account_id, recorded_at, version);

alter table read_models.balances add constraint balances_pkey PRIMARY KEY (account_id);

alter table read_models.checkpoints add constraint checkpoints_pkey PRIMARY KEY (projection, partition);

alter table read_models.daily_balances add constraint daily_balances_pkey PRIMARY KEY (account_id, day);

alter table read_models.daily_totals add constraint daily_totals_pkey PRIMARY KEY (ledger, currency, day);

alter table read_models.dead_letter_actions add constraint dead_letter_actions_pkey PRIMARY KEY (number);

alter table read_models.dead_letters add constraint dead_letters_pkey PRIMARY KEY (id);

alter table read_models.limit_history add constraint limit_history_pkey PRIMARY KEY (account_id, revision);

alter table read_models.operations add constraint operations_pkey PRIMARY KEY (id);

alter table read_models.projections add constraint projections_pkey PRIMARY KEY (name);

alter table read_models.statement_lines add constraint statement_lines_pkey PRIMARY KEY (account_id, posted_at, "position", line_number);

alter table read_models.transfer_timeline add constraint transfer_timeline_pkey PRIMARY KEY (transfer_id, "position");

alter table read_models.transfers add constraint transfers_pkey PRIMARY KEY (transfer_id);

alter table relay.cursors add constraint cursors_pkey PRIMARY KEY (transport);

alter table relay.leases add constraint leases_pkey PRIMARY KEY (name);

alter table scheduler.jobs add constraint jobs_pkey PRIMARY KEY (name);

alter table scheduler.runs add constraint runs_pkey PRIMARY KEY (id);

alter table webhooks.attempts add constraint attempts_pkey PRIMARY KEY (delivery_id, attempt);

alter table webhooks.checkpoints add constraint checkpoints_pkey PRIMARY KEY (partition);

alter table webhooks.deliveries add constraint deliveries_pkey PRIMARY KEY (id);

alter table webhooks.endpoints add constraint endpoints_pkey PRIMARY KEY (id);

alter table webhooks.messages add constraint messages_pkey PRIMARY KEY (id);

alter table worker.checkpoints add constraint checkpoints_pkey PRIMARY KEY (partition);

alter table worker.jobs add constraint jobs_pkey PRIMARY KEY (transfer_id);

alter table ledger.api_keys add constraint api_keys_hash_key UNIQUE (hash);

alter table ledger.ledgers add constraint ledgers_name_key UNIQUE (name);

alter table ledger_api.commands add constraint commands_number_key UNIQUE (number);

alter table proof.heads add constraint heads_tree_size_key UNIQUE (tree, size);

alter table proof.verifications add constraint verifications_number_key UNIQUE (number);

alter table read_models.dead_letters add constraint dead_letters_consumer_event_id_key UNIQUE (consumer, event_id);

alter table read_models.dead_letters add constraint dead_letters_number_key UNIQUE (number);

alter table read_models.operations add constraint operations_number_key UNIQUE (number);

alter table scheduler.runs add constraint runs_number_key UNIQUE (number);

alter table webhooks.deliveries add constraint deliveries_endpoint_id_message_id_key UNIQUE (endpoint_id, message_id);

alter table webhooks.deliveries add constraint deliveries_number_key UNIQUE (number);

alter table webhooks.endpoints add constraint endpoints_number_key UNIQUE (number);

alter table ledger.accounts add constraint accounts_credit_limit_minor_check CHECK ((credit_limit_minor >= 0));

alter table ledger.accounts add constraint accounts_credits_minor_check CHECK ((credits_minor >= 0));

alter table ledger.accounts add constraint accounts_debits_minor_check CHECK ((debits_minor >= 0));

alter table ledger.accounts add constraint accounts_held_minor_check CHECK ((held_minor >= 0));

alter table ledger.accounts add constraint accounts_incoming_minor_check CHECK ((incoming_minor >= 0));

alter table ledger.accounts add constraint accounts_normal_side_check CHECK ((normal_side = ANY (ARRAY['DEBIT'::text, 'CREDIT'::text])));

alter table ledger.accounts add constraint accounts_revision_check CHECK ((revision >= 1));

alter table ledger.accounts add constraint accounts_status_check CHECK ((status = ANY (ARRAY['ACTIVE'::text, 'SUSPENDED'::text, 'CLOSED'::text])));

alter table ledger.accounts add constraint accounts_type_check CHECK ((type = ANY (ARRAY['ASSET'::text, 'LIABILITY'::text, 'EQUITY'::text, 'INCOME'::text, 'EXPENSE'::text])));

alter table ledger.accounts add constraint accounts_version_check CHECK ((version >= 1));

alter table ledger.api_keys add constraint api_keys_rate_limit_per_second_check CHECK ((rate_limit_per_second >= 1));

alter table ledger.approvals add constraint approvals_check CHECK (((decided_by IS DISTINCT FROM requested_by) OR (state = 'rejected'::text)));

alter table ledger.approvals add constraint approvals_state_check CHECK ((state = ANY (ARRAY['pending'::text, 'approved'::text, 'done'::text, 'refused'::text, 'rejected'::text, 'expired'::text])));

alter table ledger.audit_log add constraint audit_log_number_check CHECK ((number >= 1));

alter table ledger.audit_log add constraint audit_log_occurrences_check CHECK ((occurrences >= 1));

alter table ledger.audit_log add constraint audit_log_outcome_check CHECK ((outcome = ANY (ARRAY['begun'::text, 'done'::text, 'refused'::text, 'failed'::text])));

alter table ledger.currencies add constraint currencies_code_check CHECK ((code ~ '^[A-Z][A-Z0-9]{2,11}$'::text));

alter table ledger.currencies add constraint currencies_scale_check CHECK (((scale >= 0) AND (scale <= 12)));

alter table ledger.event_archives add constraint event_archives_check CHECK ((last_position >= first_position));

alter table ledger.events add constraint events_aggregate_check CHECK ((aggregate = ANY (ARRAY['account'::text, 'transfer'::text, 'entry'::text])));

alter table ledger.head add constraint head_singleton_check CHECK (singleton);

alter table ledger.ledgers add constraint ledgers_check CHECK (((sandbox IS NOT NULL) OR (clock_offset_ms = 0)));

alter table ledger.ledgers add constraint ledgers_clock_offset_ms_check CHECK ((clock_offset_ms >= 0));

alter table ledger.ledgers add constraint ledgers_default_credit_limit_minor_check CHECK ((default_credit_limit_minor >= 0));

alter table ledger.lines add constraint lines_amount_minor_check CHECK ((amount_minor > 0));

alter table ledger.lines add constraint lines_side_check CHECK ((side = ANY (ARRAY['DEBIT'::text, 'CREDIT'::text])));

alter table ledger.transfers add constraint transfers_amount_minor_check CHECK ((amount_minor > 0));

alter table ledger.transfers add constraint transfers_check CHECK (((reversed_minor >= 0) AND (reversed_minor <= amount_minor)));

alter table ledger.transfers add constraint transfers_check1 CHECK (((held_minor + settled_minor) <= amount_minor));

alter table ledger.transfers add constraint transfers_held_minor_check CHECK ((held_minor >= 0));

alter table ledger.transfers add constraint transfers_settled_minor_check CHECK ((settled_minor >= 0));

alter table ledger_api.commands add constraint commands_body_check CHECK ((octet_length((body)::text) <= 1048576));

alter table ledger_api.commands add constraint commands_check CHECK ((((status IS NULL) = (answer IS NULL)) AND ((status IS NULL) = (finished_at IS NULL))));

alter table ledger_api.commands add constraint commands_idempotency_key_check CHECK ((idempotency_key ~ '^[\x21-\x7e]{1,255}$'::text));

alter table proof.verifications add constraint verifications_state_check CHECK ((state = ANY (ARRAY['waiting'::text, 'verifying'::text, 'done'::text, 'differs'::text, 'failed'::text, 'cancelled'::text])));

alter table read_models.dead_letter_actions add constraint dead_letter_actions_action_check CHECK ((action = ANY (ARRAY['redriven'::text, 'failed again'::text, 'discarded'::text])));

alter table read_models.dead_letters add constraint dead_letters_attempts_check CHECK ((attempts >= 0));

alter table read_models.dead_letters add constraint dead_letters_kind_check CHECK ((kind = ANY (ARRAY['event'::text, 'command'::text])));

alter table read_models.dead_letters add constraint dead_letters_status_check CHECK ((status = ANY (ARRAY['parked'::text, 'waiting'::text, 'redriven'::text, 'discarded'::text])));

alter table read_models.operations add constraint operations_kind_check CHECK ((kind = ANY (ARRAY['rebuild'::text, 'replay'::text])));

alter table read_models.operations add constraint operations_state_check CHECK ((state = ANY (ARRAY['waiting'::text, 'loading'::text, 'comparing'::text, 'switching'::text, 'done'::text, 'differs'::text, 'failed'::text, 'cancelled'::text])));

alter table read_models.projections add constraint projections_state_check CHECK ((state = ANY (ARRAY['running'::text, 'paused'::text, 'stopped'::text])));

alter table scheduler.jobs add constraint jobs_every_ms_check CHECK ((every_ms > 0));

alter table scheduler.runs add constraint runs_state_check CHECK ((state = ANY (ARRAY['waiting'::text, 'running'::text, 'done'::text, 'failed'::text])));

alter table webhooks.deliveries add constraint deliveries_state_check CHECK ((state = ANY (ARRAY['pending'::text, 'delivered'::text, 'dead'::text])));

alter table webhooks.endpoints add constraint endpoints_disabled_reason_check CHECK ((disabled_reason = ANY (ARRAY['caller'::text, 'gone'::text, 'failing'::text])));

alter table webhooks.endpoints add constraint endpoints_ledgers_check CHECK ((cardinality(ledgers) > 0));

alter table webhooks.endpoints add constraint endpoints_status_check CHECK ((status = ANY (ARRAY['ACTIVE'::text, 'DISABLED'::text])));

alter table worker.jobs add constraint jobs_state_check CHECK ((state = ANY (ARRAY['waiting'::text, 'exhausted'::text, 'parked'::text, 'done'::text])));

alter table proof.heads add constraint heads_key_id_fkey FOREIGN KEY (key_id) REFERENCES proof.keys(id);

alter table proof.verification_states add constraint verification_states_verification_fkey FOREIGN KEY (verification) REFERENCES proof.verifications(id);

alter table read_models.checkpoints add constraint checkpoints_projection_fkey FOREIGN KEY (projection) REFERENCES read_models.projections(name);

alter table read_models.dead_letter_actions add constraint dead_letter_actions_dead_letter_id_fkey FOREIGN KEY (dead_letter_id) REFERENCES read_models.dead_letters(id);

alter table read_models.operations add constraint operations_projection_fkey FOREIGN KEY (projection) REFERENCES read_models.projections(name);

alter table scheduler.runs add constraint runs_job_fkey FOREIGN KEY (job) REFERENCES scheduler.jobs(name);

alter table webhooks.attempts add constraint attempts_delivery_id_fkey FOREIGN KEY (delivery_id) REFERENCES webhooks.deliveries(id) ON DELETE CASCADE;

alter table webhooks.deliveries add constraint deliveries_endpoint_id_fkey FOREIGN KEY (endpoint_id) REFERENCES webhooks.endpoints(id) ON DELETE CASCADE;

alter table webhooks.deliveries add constraint deliveries_message_id_fkey FOREIGN KEY (message_id) REFERENCES webhooks.messages(id);

-- Indexes

CREATE UNIQUE INDEX accounts_by_external_id ON ledger.accounts USING btree (ledger_id, external_id) WHERE (external_id IS NOT NULL);

CREATE INDEX accounts_by_next_limit ON ledger.accounts USING btree (next_limit_at) WHERE (next_limit_at IS NOT NULL);

CREATE INDEX accounts_by_position ON ledger.accounts USING btree (ledger_id, created_position);

CREATE UNIQUE INDEX approvals_by_key ON ledger.approvals USING btree (name) WHERE (name ~~ 'key:%'::text);

CREATE UNIQUE INDEX approvals_by_number ON ledger.approvals USING btree (number);

CREATE UNIQUE INDEX approvals_by_request ON ledger.approvals USING btree (name) WHERE (state = 'pending'::text);

CREATE INDEX audit_log_by_action ON ledger.audit_log USING btree (action, number);

CREATE INDEX audit_log_by_actor ON ledger.audit_log USING btree (actor, number);

CREATE INDEX audit_log_by_time ON ledger.audit_log USING btree (recorded_at, number);

CREATE UNIQUE INDEX entries_by_id ON ONLY ledger.entries USING btree (id, "position");

CREATE INDEX ledgers_by_sandbox ON ledger.ledgers USING btree (sandbox, id) WHERE (sandbox IS NOT NULL);

CREATE UNIQUE INDEX lines_by_account ON ONLY ledger.lines USING btree (account_id, posted_at, "position", line_number);

CREATE INDEX transfers_by_expiry ON ledger.transfers USING btree (expires_at, id) WHERE ((status = 'HELD'::text) AND (expires_at IS NOT NULL));

CREATE UNIQUE INDEX transfers_by_external_id ON ledger.transfers USING btree (ledger_id, external_id) WHERE ((external_id IS NOT NULL) AND (status <> 'FAILED'::text));

CREATE INDEX transfers_by_time ON ledger.transfers USING btree (ledger_id, created_at, created_position);

CREATE INDEX transfers_deferred ON ledger.transfers USING btree ("position") WHERE (status = ANY (ARRAY['INITIATED'::text, 'SCHEDULED'::text]));

CREATE INDEX transfers_held ON ledger.transfers USING btree (ledger_id) WHERE (status = 'HELD'::text);

CREATE INDEX transfers_unposted_from ON ledger.transfers USING btree (from_id, created_position) WHERE (created_as <> 'COMPLETED'::text);

CREATE INDEX transfers_unposted_to ON ledger.transfers USING btree (to_id, created_position) WHERE (created_as <> 'COMPLETED'::text);

CREATE INDEX commands_by_end ON ledger_api.commands USING btree (finished_at) WHERE (status IS NOT NULL);

CREATE INDEX commands_open ON ledger_api.commands USING btree (number) WHERE (status IS NULL);

CREATE UNIQUE INDEX verifications_running ON proof.verifications USING btree ((true)) WHERE (state = ANY (ARRAY['waiting'::text, 'verifying'::text]));

CREATE UNIQUE INDEX accounts_by_external_id ON read_models.accounts USING btree (ledger, external_id) WHERE (external_id IS NOT NULL);

CREATE INDEX dead_letter_actions_by_letter ON read_models.dead_letter_actions USING btree (dead_letter_id);

CREATE INDEX dead_letters_open ON read_models.dead_letters USING btree (consumer, "position") WHERE (status = ANY (ARRAY['parked'::text, 'waiting'::text]));

CREATE UNIQUE INDEX operations_running ON read_models.operations USING btree (projection) WHERE (state = ANY (ARRAY['waiting'::text, 'loading'::text, 'comparing'::text, 'switching'::text]));

CREATE INDEX transfers_by_creation ON read_models.transfers USING btree (ledger, created_at, transfer_id);

CREATE INDEX transfers_by_effect ON read_models.transfers USING btree (ledger, effective_at);

CREATE INDEX transfers_by_metadata ON read_models.transfers USING gin (((metadata)::jsonb) jsonb_path_ops) WHERE (metadata <> '{}'::text);

CREATE INDEX transfers_by_source ON read_models.transfers USING btree (from_id, created_at);

CREATE INDEX transfers_by_target ON read_models.transfers USING btree (to_id, created_at);

CREATE INDEX runs_by_job ON scheduler.runs USING btree (job, number);

CREATE UNIQUE INDEX runs_open ON scheduler.runs USING btree (job) WHERE (state = ANY (ARRAY['waiting'::text, 'running'::text]));

CREATE INDEX deliveries_by_end ON webhooks.deliveries USING btree (ended_at) WHERE (state <> 'pending'::text);

CREATE INDEX deliveries_by_endpoint ON webhooks.deliveries USING btree (endpoint_id, number);

CREATE INDEX deliveries_by_message ON webhooks.deliveries USING btree (message_id);

CREATE INDEX deliveries_pending ON webhooks.deliveries USING btree (endpoint_id, "position") WHERE (state = 'pending'::text);

CREATE INDEX jobs_by_due ON worker.jobs USING btree (due_at) WHERE (state = ANY (ARRAY['waiting'::text, 'exhausted'::text]));

CREATE INDEX jobs_by_end ON worker.jobs USING btree (last_failed_at) WHERE (state = 'done'::text);

-- Functions

CREATE OR REPLACE FUNCTION ledger.announce_api_key()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  perform pg_notify('api_keys', old.id);
  return null;
end $function$
;

CREATE OR REPLACE FUNCTION ledger.announce_life()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  perform pg_notify('sandboxes', new.sandbox);
  return null;
end $function$
;

CREATE OR REPLACE FUNCTION ledger.drop_event_partition(p_name text)
 RETURNS void
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
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
end $function$
;

CREATE OR REPLACE FUNCTION ledger.ensure_partitions(up_to bigint)
 RETURNS void
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
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
end $function$
;

CREATE OR REPLACE FUNCTION ledger.post_batch(p_epoch bigint, p_position bigint, p_batch bigint, p_position_after bigint, p_time timestamp with time zone, p_check_transfers uuid[], p_check_accounts uuid[], p_check_external_ledgers integer[], p_check_external_ids text[], p_check_account_ledgers integer[], p_check_account_external_ids text[], p_key_digests uuid[], p_key_fingerprints uuid[], p_key_kinds text[], p_key_subjects uuid[], p_key_answers text[], p_account_ids uuid[], p_account_debits bigint[], p_account_credits bigint[], p_account_held bigint[], p_account_incoming bigint[], p_account_versions bigint[], p_account_positions bigint[], p_transfer_ids uuid[], p_transfer_ledgers integer[], p_transfer_external_ids text[], p_transfer_from uuid[], p_transfer_to uuid[], p_transfer_amounts bigint[], p_transfer_currencies text[], p_transfer_statuses text[], p_transfer_created_as text[], p_transfer_held bigint[], p_transfer_settled bigint[], p_transfer_reversed bigint[], p_transfer_reverses uuid[], p_transfer_ended text[], p_transfer_entries uuid[], p_transfer_entry_numbers bigint[], p_transfer_failures text[], p_transfer_descriptions text[], p_transfer_metadata text[], p_transfer_fingerprints uuid[], p_transfer_effective timestamp with time zone[], p_transfer_expires timestamp with time zone[], p_transfer_created_positions bigint[], p_transfer_positions bigint[], p_entry_ledgers integer[], p_entry_numbers bigint[], p_entry_positions bigint[], p_entry_ids uuid[], p_entry_transfers uuid[], p_entry_batches text[], p_entry_reverses uuid[], p_entry_forced boolean[], p_entry_descriptions text[], p_entry_metadata text[], p_entry_effective timestamp with time zone[], p_entry_hashes bytea[], p_line_positions bigint[], p_line_numbers smallint[], p_line_accounts uuid[], p_line_entry_numbers bigint[], p_line_sides text[], p_line_amounts bigint[], p_line_balances bigint[], p_line_debits bigint[], p_line_held bigint[], p_line_incoming bigint[], p_line_versions bigint[], p_line_effective timestamp with time zone[], p_event_positions bigint[], p_event_types text[], p_event_ledgers integer[], p_event_aggregates text[], p_event_keys uuid[], p_event_payloads bytea[], p_event_traces text[], p_event_correlations text[], p_ledger_ids integer[], p_ledger_counts bigint[], p_ledger_hashes bytea[], p_rare jsonb)
 RETURNS TABLE(taken text, value text)
 LANGUAGE plpgsql
 SET plan_cache_mode TO 'force_generic_plan'
 SET jit TO 'off'
 SET enable_hashjoin TO 'off'
 SET enable_mergejoin TO 'off'
 SET enable_seqscan TO 'off'
 SET enable_bitmapscan TO 'off'
AS $function$
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
end $function$
;

CREATE OR REPLACE FUNCTION ledger.post_rare(p_rare jsonb)
 RETURNS void
 LANGUAGE plpgsql
 SET jit TO 'off'
 SET enable_hashjoin TO 'off'
 SET enable_mergejoin TO 'off'
 SET enable_seqscan TO 'off'
 SET enable_bitmapscan TO 'off'
AS $function$
begin
  insert into ledger.ledgers (id, name, default_credit_limit_minor, created_at, sandbox, clock_offset_ms)
    select id, name, default_credit_limit_minor, created_at, sandbox, coalesce(clock_offset_ms, 0)
    from jsonb_populate_recordset(null::ledger.ledgers, p_rare -> 'ledgers')
    on conflict (id) do update set default_credit_limit_minor = excluded.default_credit_limit_minor,
      clock_offset_ms = greatest(ledgers.clock_offset_ms, excluded.clock_offset_ms);

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
      failure = u.failure, effective_at = u.effective_at, expires_at = u.expires_at, completed_at = u.completed_at,
      position = u.position
    from jsonb_populate_recordset(null::ledger.transfers, p_rare -> 'transfers') as u where t.id = u.id;

  insert into ledger.transfers select * from jsonb_populate_recordset(null::ledger.transfers, p_rare -> 'deferred');

  insert into ledger.entry_reversals
    select * from jsonb_populate_recordset(null::ledger.entry_reversals, p_rare -> 'entry_reversals');

  insert into ledger.period_closes
    select * from jsonb_populate_recordset(null::ledger.period_closes, p_rare -> 'period_closes');
  update ledger.ledgers l set closed_until = c.ends_at, period_count = c.number, period_hash = c.hash
    from jsonb_populate_recordset(null::ledger.period_closes, p_rare -> 'period_closes') as c
    where l.id = c.ledger_id and l.period_count < c.number;
end $function$
;

CREATE OR REPLACE FUNCTION ledger.refuse_change()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  raise exception 'ledger.% is append-only', tg_table_name using errcode = 'insufficient_privilege';
end $function$
;

CREATE OR REPLACE FUNCTION ledger_api.announce()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
begin
  perform pg_notify('ledger_commands', '');
  return null;
end $function$
;

CREATE OR REPLACE FUNCTION ledger_api.choose_life()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
begin
  new.ledger := coalesce(
    (select l.name from ledger.ledgers l where l.sandbox = new.ledger order by l.id desc limit 1), new.ledger);
  return new;
end $function$
;

CREATE OR REPLACE FUNCTION ledger_api.grant_ledger(role name, ledger text)
 RETURNS void
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
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
end $function$
;

CREATE OR REPLACE FUNCTION ledger_api.may_use(caller name, wanted text)
 RETURNS boolean
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
  select exists (
    select from ledger_api.role_ledgers g join pg_catalog.pg_roles r on r.rolname = g.role
      where (g.ledger = wanted or g.ledger = (select l.sandbox from ledger.ledgers l where l.name = wanted))
        and pg_catalog.pg_has_role(caller, r.oid, 'USAGE'))
$function$
;

CREATE OR REPLACE FUNCTION ledger_api.revoke_ledger(role name, ledger text)
 RETURNS void
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
begin
  delete from ledger_api.role_ledgers g where g.role = revoke_ledger.role and (g.ledger = revoke_ledger.ledger
    or g.ledger = (select l.sandbox from ledger.ledgers l where l.name = revoke_ledger.ledger));
end $function$
;

CREATE OR REPLACE FUNCTION ledger_api.submit(operation text, body jsonb DEFAULT '{}'::jsonb, target text DEFAULT NULL::text, ledger text DEFAULT 'main'::text, idempotency_key text DEFAULT NULL::text)
 RETURNS uuid
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
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
end $function$
;

CREATE OR REPLACE FUNCTION ledger_api.wait_for(command uuid, at_most interval DEFAULT '00:00:05'::interval)
 RETURNS TABLE(status smallint, answer jsonb)
 LANGUAGE plpgsql
 SET search_path TO 'pg_catalog', 'pg_temp'
AS $function$
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
end $function$
;

CREATE OR REPLACE FUNCTION read_models.raise_wall(name text)
 RETURNS void
 LANGUAGE plpgsql
AS $function$
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
end $function$
;

CREATE OR REPLACE FUNCTION read_models.shows_account(account uuid)
 RETURNS boolean
 LANGUAGE plpgsql
 STABLE
AS $function$
begin
  return exists (select from read_models.accounts a where a.id = account);
end $function$
;

-- Views

-- view ledger.event_partitions (name name, first_position bigint, last_position bigint)

-- Triggers

CREATE TRIGGER append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON ledger.account_history FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();

CREATE TRIGGER announce AFTER DELETE OR UPDATE OF hash, scopes, ledgers, expires_at, revoked_at, rate_limit_per_second ON ledger.api_keys FOR EACH ROW EXECUTE FUNCTION ledger.announce_api_key();

CREATE TRIGGER append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON ledger.audit_log FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();

CREATE TRIGGER append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON ledger.entries FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();

CREATE TRIGGER append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON ledger.entries_00000 FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();

CREATE TRIGGER append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON ledger.entries_00001 FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();

CREATE TRIGGER append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON ledger.entry_reversals FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();

CREATE TRIGGER append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON ledger.event_archives FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();

CREATE TRIGGER append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON ledger.events FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();

CREATE TRIGGER append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON ledger.events_00000 FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();

CREATE TRIGGER append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON ledger.events_00001 FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();

CREATE TRIGGER append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON ledger.keys FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();

CREATE TRIGGER announce_life AFTER INSERT ON ledger.ledgers FOR EACH ROW WHEN ((new.sandbox IS NOT NULL)) EXECUTE FUNCTION ledger.announce_life();

CREATE TRIGGER append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON ledger.lines FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();

CREATE TRIGGER append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON ledger.lines_00000 FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();

CREATE TRIGGER append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON ledger.lines_00001 FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();

CREATE TRIGGER append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON ledger.period_balances FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();

CREATE TRIGGER append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON ledger.period_closes FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();

CREATE TRIGGER announce AFTER INSERT ON ledger_api.commands FOR EACH STATEMENT EXECUTE FUNCTION ledger_api.announce();

CREATE TRIGGER choose_life BEFORE INSERT ON ledger_api.commands FOR EACH ROW EXECUTE FUNCTION ledger_api.choose_life();

-- Rights

grant usage on schema ledger to credit_ledger_app;

grant usage on schema ledger to credit_ledger_reader;

grant usage on schema ledger_api to public;

grant usage on schema proof to credit_ledger_app;

grant usage on schema public to public;

grant usage on schema read_models to credit_ledger_app;

grant usage on schema read_models to credit_ledger_reader;

grant usage on schema relay to credit_ledger_app;

grant usage on schema scheduler to credit_ledger_app;

grant usage on schema webhooks to credit_ledger_app;

grant usage on schema worker to credit_ledger_app;

grant insert, select on ledger.account_history to credit_ledger_app;

grant select on ledger.account_history to credit_ledger_reader;

grant insert, select, update on ledger.accounts to credit_ledger_app;

grant select on ledger.accounts to credit_ledger_reader;

grant insert, select, update on ledger.api_keys to credit_ledger_app;

grant insert, select, update on ledger.approvals to credit_ledger_app;

grant insert, select on ledger.audit_log to credit_ledger_app;

grant insert, select on ledger.currencies to credit_ledger_app;

grant select on ledger.currencies to credit_ledger_reader;

grant insert, select on ledger.entries to credit_ledger_app;

grant select on ledger.entries to credit_ledger_reader;

grant select on ledger.entries_00000 to credit_ledger_app;

grant select on ledger.entries_00001 to credit_ledger_app;

grant insert, select on ledger.entry_reversals to credit_ledger_app;

grant insert, select on ledger.event_archives to credit_ledger_app;

grant select on ledger.event_partitions to credit_ledger_app;

grant insert, select on ledger.events to credit_ledger_app;

grant select on ledger.events to credit_ledger_reader;

grant select on ledger.events_00000 to credit_ledger_app;

grant select on ledger.events_00001 to credit_ledger_app;

grant select on ledger.head to credit_ledger_reader;

grant select, update on ledger.head to credit_ledger_app;

grant insert, select on ledger.keys to credit_ledger_app;

grant insert, select, update on ledger.ledgers to credit_ledger_app;

grant select on ledger.ledgers to credit_ledger_reader;

grant insert, select on ledger.lines to credit_ledger_app;

grant select on ledger.lines to credit_ledger_reader;

grant select on ledger.lines_00000 to credit_ledger_app;

grant select on ledger.lines_00001 to credit_ledger_app;

grant insert, select on ledger.period_balances to credit_ledger_app;

grant select on ledger.period_balances to credit_ledger_reader;

grant insert, select on ledger.period_balances_made to credit_ledger_app;

grant select on ledger.period_balances_made to credit_ledger_reader;

grant insert, select on ledger.period_closes to credit_ledger_app;

grant select on ledger.period_closes to credit_ledger_reader;

grant insert, select, update on ledger.transfers to credit_ledger_app;

grant select on ledger.transfers to credit_ledger_reader;

grant delete, select, update on ledger_api.commands to credit_ledger_app;

grant select on ledger_api.commands to public;

grant insert, select on proof.heads to credit_ledger_app;

grant insert, select on proof.keys to credit_ledger_app;

grant insert, select on proof.nodes to credit_ledger_app;

grant delete, insert, select on proof.verification_states to credit_ledger_app;

grant insert, select, update on proof.verifications to credit_ledger_app;

grant delete, insert, select, update on read_models.accounts to credit_ledger_app;

grant select on read_models.accounts to credit_ledger_reader;

grant delete, insert, select, update on read_models.balance_history to credit_ledger_app;

grant select on read_models.balance_history to credit_ledger_reader;

grant delete, insert, select, update on read_models.balances to credit_ledger_app;

grant select on read_models.balances to credit_ledger_reader;

grant delete, insert, select, update on read_models.checkpoints to credit_ledger_app;

grant select on read_models.checkpoints to credit_ledger_reader;

grant delete, insert, select, update on read_models.daily_balances to credit_ledger_app;

grant select on read_models.daily_balances to credit_ledger_reader;

grant delete, insert, select, update on read_models.daily_totals to credit_ledger_app;

grant select on read_models.daily_totals to credit_ledger_reader;

grant insert, select, update on read_models.dead_letter_actions to credit_ledger_app;

grant insert, select, update on read_models.dead_letters to credit_ledger_app;

grant delete, insert, select, update on read_models.limit_history to credit_ledger_app;

grant select on read_models.limit_history to credit_ledger_reader;

grant delete, insert, select, update on read_models.operations to credit_ledger_app;

grant delete, insert, select, update on read_models.projections to credit_ledger_app;

grant select on read_models.projections to credit_ledger_reader;

grant delete, insert, select, update on read_models.statement_lines to credit_ledger_app;

grant select on read_models.statement_lines to credit_ledger_reader;

grant delete, insert, select, update on read_models.transfer_timeline to credit_ledger_app;

grant select on read_models.transfer_timeline to credit_ledger_reader;

grant delete, insert, select, update on read_models.transfers to credit_ledger_app;

grant select on read_models.transfers to credit_ledger_reader;

grant insert, select, update on relay.cursors to credit_ledger_app;

grant delete, insert, select, update on relay.leases to credit_ledger_app;

grant delete, insert, select, update on scheduler.jobs to credit_ledger_app;

grant delete, insert, select, update on scheduler.runs to credit_ledger_app;

grant delete, insert, select, update on webhooks.attempts to credit_ledger_app;

grant delete, insert, select, update on webhooks.checkpoints to credit_ledger_app;

grant delete, insert, select, update on webhooks.deliveries to credit_ledger_app;

grant delete, insert, select, update on webhooks.endpoints to credit_ledger_app;

grant delete, insert, select, update on webhooks.messages to credit_ledger_app;

grant delete, insert, select, update on worker.checkpoints to credit_ledger_app;

grant delete, insert, select, update on worker.jobs to credit_ledger_app;

grant insert (operation, target, body, ledger, idempotency_key) on ledger_api.commands to public;

grant update ("position") on proof.heads to credit_ledger_app;

revoke execute on function ledger_api.announce() from public;

revoke execute on function ledger_api.choose_life() from public;

revoke execute on function ledger_api.grant_ledger(name,text) from public;

revoke execute on function ledger_api.revoke_ledger(name,text) from public;

grant execute on function ledger.ensure_partitions(bigint) to credit_ledger_app;

grant execute on function ledger.ensure_partitions(bigint) to public;

grant execute on function ledger.post_batch(bigint,bigint,bigint,bigint,timestamp with time zone,uuid[],uuid[],integer[],text[],integer[],text[],uuid[],uuid[],text[],uuid[],text[],uuid[],bigint[],bigint[],bigint[],bigint[],bigint[],bigint[],uuid[],integer[],text[],uuid[],uuid[],bigint[],text[],text[],text[],bigint[],bigint[],bigint[],uuid[],text[],uuid[],bigint[],text[],text[],text[],uuid[],timestamp with time zone[],timestamp with time zone[],bigint[],bigint[],integer[],bigint[],bigint[],uuid[],uuid[],text[],uuid[],boolean[],text[],text[],timestamp with time zone[],bytea[],bigint[],smallint[],uuid[],bigint[],text[],bigint[],bigint[],bigint[],bigint[],bigint[],bigint[],timestamp with time zone[],bigint[],text[],integer[],text[],uuid[],bytea[],text[],text[],integer[],bigint[],bytea[],jsonb) to credit_ledger_app;

grant execute on function ledger.post_batch(bigint,bigint,bigint,bigint,timestamp with time zone,uuid[],uuid[],integer[],text[],integer[],text[],uuid[],uuid[],text[],uuid[],text[],uuid[],bigint[],bigint[],bigint[],bigint[],bigint[],bigint[],uuid[],integer[],text[],uuid[],uuid[],bigint[],text[],text[],text[],bigint[],bigint[],bigint[],uuid[],text[],uuid[],bigint[],text[],text[],text[],uuid[],timestamp with time zone[],timestamp with time zone[],bigint[],bigint[],integer[],bigint[],bigint[],uuid[],uuid[],text[],uuid[],boolean[],text[],text[],timestamp with time zone[],bytea[],bigint[],smallint[],uuid[],bigint[],text[],bigint[],bigint[],bigint[],bigint[],bigint[],bigint[],timestamp with time zone[],bigint[],text[],integer[],text[],uuid[],bytea[],text[],text[],integer[],bigint[],bytea[],jsonb) to public;

grant execute on function ledger.post_rare(jsonb) to credit_ledger_app;

grant execute on function ledger.post_rare(jsonb) to public;

grant execute on function ledger.refuse_change() to credit_ledger_app;

grant execute on function ledger.refuse_change() to public;
