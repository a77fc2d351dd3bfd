import { randomUUID } from 'node:crypto';
import type { Client } from 'pg';

interface ServerFacts {
  version: number;
  fsync: string;
  full_page_writes: string;
  synchronous_commit: string;
  in_recovery: boolean;
  encoding: string;
}

const factsQuery = `
  select current_setting('server_version_num')::int as version,
         current_setting('fsync') as fsync,
         current_setting('full_page_writes') as full_page_writes,
         current_setting('synchronous_commit') as synchronous_commit,
         pg_is_in_recovery() as in_recovery,
         getdatabaseencoding() as encoding`;

const oldestVersion = 150_000;

/**
 * Refuses, by throwing, a server that money can't be kept on. With `allowUnsafe` the durability settings
 * are only warned about, and the warnings returned; the rest is refused all the same.
 */
export async function checkServer(
  client: Client,
  { allowUnsafe }: { allowUnsafe: boolean },
): Promise<string[]> {
  const { rows } = await client.query<ServerFacts>(factsQuery);
  const [facts] = rows;
  if (facts === undefined) throw new Error('PostgreSQL said nothing about itself');
  const unsafe = durabilityFaults(facts);
  const faults = [...serverFaults(facts), ...(allowUnsafe ? [] : unsafe)];
  if (faults.length > 0) throw new Error(`this PostgreSQL can't hold the ledger:\n${faults.join('\n')}`);
  return unsafe;
}

function serverFaults(facts: ServerFacts): string[] {
  const faults: string[] = [];
  if (facts.version < oldestVersion) {
    const major = Math.floor(facts.version / 10_000);
    faults.push(`it is version ${major}: upgrade it to 15 or later`);
  }
  if (facts.in_recovery) {
    faults.push('it is a standby and takes no writes: point DATABASE_URL at the primary');
  }
  if (facts.encoding !== 'UTF8') {
    faults.push(
      `its database is encoded in ${facts.encoding}: create one with "encoding 'UTF8' template template0"`,
    );
  }
  return faults;
}

function durabilityFaults(facts: ServerFacts): string[] {
  const hazards = {
    fsync: 'an operating system crash can corrupt the database',
    full_page_writes: 'a power failure can tear pages',
    synchronous_commit: 'acknowledged commits can be lost in a crash',
  } as const;
  return (['fsync', 'full_page_writes', 'synchronous_commit'] as const)
    .filter((setting) => facts[setting] === 'off')
    .map(
      (setting) =>
        `${setting} is off, so ${hazards[setting]}: set ${setting} = on ` +
        `(or ALLOW_UNSAFE_DURABILITY=true where the data may be lost)`,
    );
}

const poolerAdvice =
  'a connection pooler stands between the program and PostgreSQL, and the ledger keeps session locks: ' +
  'point DATABASE_URL at the server itself';

/**
 * Refuses, by throwing, a connection through a pooler. A pooler hands the client a made-up process id, and
 * in transaction mode it may change the backend, and with it the session's settings, at each statement.
 */
export async function refusePooler(client: Client): Promise<void> {
  const mark = randomUUID();
  await client.query(`select set_config('credit_ledger.session_mark', $1, false)`, [mark]);
  const claimedPid = readClaimedPid(client);
  for (let statement = 0; statement < 5; statement += 1) {
    const { rows } = await client.query<{ pid: number; mark: string | null }>(
      `select pg_backend_pid() as pid, current_setting('credit_ledger.session_mark', true) as mark`,
    );
    if (rows[0]?.pid !== claimedPid || rows[0]?.mark !== mark) throw new Error(poolerAdvice);
  }
}

/** What the server, or a pooler in its name, gave at connect; the driver's types leave it out. */
function readClaimedPid(client: Client): number | undefined {
  return 'processID' in client && typeof client.processID === 'number' ? client.processID : undefined;
}
