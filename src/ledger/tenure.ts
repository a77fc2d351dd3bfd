import { Client, type ClientConfig } from 'pg';
import { refusePooler } from '../postgres/durability.ts';
import { ledgerColumns, toLedger, type LedgerRow } from './rows.ts';
import type { Due } from './due.ts';
import type { Ledger } from './state.ts';

/*
 * Who may write. The writing connection holds a session advisory lock, which outlives a killed process
 * until the server has stopped its backend. Taking over raises the epoch in the head, so that whoever wrote
 * before and does not know it yet can not commit any more.
 */

const lockClass = 7205;
const lockObject = 1;

/** A holder that has shown no sign of life for this long is ended by a stand-by. */
const silentAfterSeconds = 5;

/** Server-side: a writer that is cut off is noticed within about ten seconds. */
const keepAliveOptions =
  '-c tcp_keepalives_idle=5 -c tcp_keepalives_interval=2 -c tcp_keepalives_count=3 -c tcp_user_timeout=10000';

/**
 * The batch call and the loads have one plan each; planning the call anew costs more than a small batch
 * itself.
 */
const planOptions = '-c plan_cache_mode=force_generic_plan -c jit=off';

/** How the writer reaches its database. `roleOptions` switches to the restricted role, where there is one. */
export interface WriterConnection {
  readonly config: ClientConfig;
  readonly roleOptions: string;
}

/**
 * Connects the pipelined connection that will write. `onLost` hears once when it ends, for whatever reason.
 */
export async function connectWriter(
  { config, roleOptions }: WriterConnection,
  onLost: (cause: Error) => void,
) {
  const client = new Client({
    ...config,
    pipeline: true,
    keepAlive: true,
    connectionTimeoutMillis: 5000,
    application_name: 'credit-ledger writer',
    options: `${keepAliveOptions} ${planOptions} ${roleOptions}`.trim(),
  });
  let lost = false;
  const lose = (cause: Error): void => {
    if (lost) return;
    lost = true;
    onLost(cause);
  };
  client.on('error', lose);
  client.on('end', () => lose(new Error('the connection to PostgreSQL ended')));
  await client.connect();
  await refusePooler(client);
  return client;
}

/** Tries to become the holder. False while another one is. */
export async function tryLock(client: Client): Promise<boolean> {
  const { rows } = await client.query<{ got: boolean }>({
    name: 'try-lock',
    text: `select pg_try_advisory_lock(${lockClass}, ${lockObject}) as got`,
  });
  return rows[0]?.got === true;
}

/** The head row as anyone may read it. */
export interface Head {
  readonly epoch: number;
  readonly position: number;
  readonly batch: number;
  readonly time: number;
  readonly holder: string;
  readonly silent: boolean;
  readonly now: number;
}

interface HeadRow {
  readonly epoch: string;
  readonly position: string;
  readonly batch: string;
  readonly time: Date;
  readonly holder: string;
  readonly silent: boolean;
  readonly now: Date;
}

const headColumns = `epoch, position, batch, time, holder,
  alive_at < clock_timestamp() - interval '${silentAfterSeconds} seconds' as silent,
  clock_timestamp() as now`;

function toHead(row: HeadRow | undefined): Head {
  if (row === undefined) throw new Error('the database has no head row: it is not a ledger of ours');
  return {
    epoch: Number(row.epoch),
    position: Number(row.position),
    batch: Number(row.batch),
    time: row.time.getTime(),
    holder: row.holder,
    silent: row.silent,
    now: row.now.getTime(),
  };
}

export async function readHeadRow(client: Client): Promise<Head> {
  const { rows } = await client.query<HeadRow>({
    name: 'read-head',
    text: `select ${headColumns} from ledger.head`,
  });
  return toHead(rows[0]);
}

/** Becomes the writer: raises the epoch in a commit of its own. */
export async function raiseEpoch(client: Client, holder: string): Promise<Head> {
  const { rows } = await client.query<HeadRow>(
    `update ledger.head set epoch = epoch + 1, batch = 0, holder = $1, alive_at = clock_timestamp()
      returning ${headColumns}`,
    [holder],
  );
  return toHead(rows[0]);
}

/** A sign of life where no batch gave one. */
export async function beat(client: Client, epoch: number): Promise<void> {
  await client.query({
    name: 'beat',
    text: 'update ledger.head set alive_at = clock_timestamp() where epoch = $1',
    values: [epoch],
  });
}

/**
 * Ends the backend of a holder that fell silent, or one left over of our own. Needs the login role's
 * rights.
 */
export async function endSilentHolder({ config }: WriterConnection, isOwn: boolean): Promise<void> {
  const client = new Client({ ...config, connectionTimeoutMillis: 5000 });
  client.on('error', () => undefined);
  await client.connect();
  try {
    await client.query(
      `select pg_terminate_backend(l.pid) from pg_locks l, ledger.head h
        where l.locktype = 'advisory' and l.classid = $1 and l.objid = $2 and l.objsubid = 2 and l.granted
          and l.database = (select oid from pg_database where datname = current_database())
          and ($3 or h.alive_at < clock_timestamp() - interval '${silentAfterSeconds} seconds')`,
      [lockClass, lockObject, isOwn],
    );
  } finally {
    await client.end();
  }
}

/** What a writer knows from the start: every ledger with the end of its chain, every registered currency. */
export async function loadBasics(client: Client) {
  const ledgers = await client.query<LedgerRow>(`select ${ledgerColumns} from ledger.ledgers g`);
  const currencies = await client.query<{ code: string; scale: number }>(
    'select code, scale from ledger.currencies',
  );
  return { ledgers: ledgers.rows.map(toLedger) satisfies Ledger[], currencies: currencies.rows };
}

/** At most this many due things are held in memory; the rest is read when those are done. */
export const dueMax = 10_000;

interface DueRow {
  readonly at: Date;
  readonly kind: Due['kind'];
  readonly id: string;
}

/**
 * What time will do by itself next, in order: expiries of open holds and dated limits. Where the clock of a sandbox is
 * ahead, things are due earlier by as much; those come a second time, at the hour of their own, and do nothing then.
 */
export async function loadDue(client: Client): Promise<Due[]> {
  const ahead = `(select id, clock_offset_ms * interval '1 millisecond' as offset from ledger.ledgers
    where clock_offset_ms > 0) g`;
  const { rows } = await client.query<DueRow>(
    `(select expires_at as at, 'expiry' as kind, id from ledger.transfers
        where status = 'HELD' and expires_at is not null order by expires_at, id limit $1)
      union all
      (select next_limit_at, 'limit', id from ledger.accounts
        where next_limit_at is not null order by next_limit_at limit $1)
      union all
      (select t.expires_at - g.offset, 'expiry', t.id from ${ahead} join ledger.transfers t on t.ledger_id = g.id
        where t.status = 'HELD' and t.expires_at is not null order by 1 limit $1)
      union all
      (select a.next_limit_at - g.offset, 'limit', a.id from ${ahead} join ledger.accounts a on a.ledger_id = g.id
        where a.next_limit_at is not null order by 1 limit $1)
      order by 1, 2, 3 limit $1`,
    [dueMax],
  );
  return rows.map((row) => ({ at: row.at.getTime(), kind: row.kind, id: row.id }));
}

/** Makes room in the journal's partitions for the positions to come. */
export async function ensurePartitions(client: Client, position: number): Promise<void> {
  await client.query('select ledger.ensure_partitions($1)', [position]);
}

/** Whether a batch that was sent is committed: whole or absent whole, after its backend is gone. */
export async function wasCommitted(
  client: Client,
  batch: {
    epoch: number;
    number: number;
    firstPosition: number | undefined;
    firstKey: string | undefined;
  },
): Promise<boolean> {
  const { epoch, number, firstPosition, firstKey } = batch;
  const { rows } = await client.query<{ committed: boolean }>(
    `select exists (select from ledger.head where epoch = $1 and batch >= $2)
      or exists (select from ledger.events where position = $3 and epoch = $1 and batch = $2)
      or ($3::bigint is null and exists (select from ledger.keys where digest = $4)) as committed`,
    [epoch, number, firstPosition ?? null, firstKey ?? null],
  );
  return rows[0]?.committed === true;
}
