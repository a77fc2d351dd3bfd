-- transfers: each transfer after its newest event, for the filters that the ledger's own tables have no index for.
create table read_models.transfers (
  transfer_id uuid not null,
  ledger text not null,
  from_id uuid,
  to_id uuid,
  amount_minor bigint not null,
  status text not null,
  metadata text not null,
  external_id text,
  effective_at timestamptz not null,
  created_at timestamptz not null,
  position bigint not null,
  primary key (transfer_id)
) with (fillfactor = 80);

create index transfers_by_creation on read_models.transfers (ledger, created_at, transfer_id);
create index transfers_by_source on read_models.transfers (from_id, created_at);
create index transfers_by_target on read_models.transfers (to_id, created_at);
create index transfers_by_effect on read_models.transfers (ledger, effective_at);
create index transfers_by_metadata on read_models.transfers using gin ((metadata::jsonb) jsonb_path_ops)
  where metadata <> '{}';
