-- Found different from the journal by a reconciliation: reads are stale until the projection is made again.
alter table read_models.projections add column drifted_at timestamptz;
alter table read_models.projections add column drift_run uuid;
