/*
 * The read models in the shape in which the ledger's readers know accounts, states and lines
 * (src/ledger/read-source.ts). What is read is one snapshot; its position is the lowest of the projections
 * that it comes from, and everything up to it is in the answer.
 */

const headOf = (names: string) => `(select min(greatest(p.base_position, c.position)) as position,
    coalesce(max(c.recorded_at), timestamptz '1970-01-01Z') as time
  from read_models.projections p left join lateral (
    select min(position) as position, max(recorded_at) as recorded_at
    from read_models.checkpoints where projection = p.name) c on true
  where p.name in (${names})) h`;

const accounts = `cross join lateral (select x.id, x.ledger, x.external_id, x.type, x.normal_side,
      x.currency, coalesce(x.external_id like 'external:%', false) as external, x.name, x.status,
      x.credit_limit_minor, x.credit_limit_schedule, x.metadata, b.debits_minor, b.credits_minor,
      b.held_minor, b.incoming_minor, b.version, x.revision, x.created_at, b.updated_at,
      0::bigint as created_position, b.position
    from read_models.accounts x join read_models.balances b on b.account_id = x.id) a
  cross join lateral (select a.ledger as name) g`;

/** Every version is in the history, so lines add nothing to it. */
const history = `(select s.account_id, s.version, s.position, s.recorded_at, s.debits_minor,
    s.credits_minor, s.held_minor, s.incoming_minor,
    (select l.credit_limit_minor from read_models.limit_history l
      where l.account_id = s.account_id and l.recorded_at <= s.recorded_at
      order by l.revision desc limit 1) as credit_limit_minor
  from read_models.balance_history s)`;

const noLines = `(select l.*, null::bigint as debits_after_minor, null::bigint as held_after_minor,
    null::bigint as incoming_after_minor from read_models.statement_lines l where false)`;

const entryOfLine = `left join lateral (
  select p.entry_id as id, p.transfer_id, p.description, p.metadata) e on true`;
const counterpartyOfLine = 'left join lateral (select p.counterparty_account_id) o on true';

/** Where transfers are found by what the ledger has no index for. */
export const transfersSearch = {
  from: 'read_models.transfers t',
  id: 't.transfer_id',
  ofLedger: 't.ledger = $1',
} as const;

/** Balances now and as they were recorded. */
export const balancesSource = {
  name: 'read-models',
  accounts: `${headOf("'balances'")} ${accounts}`,
  history,
  lines: noLines,
  entryOfLine,
  counterpartyOfLine,
} as const;

/** Statements, and balances by effective time: what needs the lines. */
export const linesSource = {
  ...balancesSource,
  name: 'read-models-lines',
  accounts: `${headOf("'balances', 'statements'")} ${accounts}`,
  lines: 'read_models.statement_lines',
} as const;
