import { DatabaseError } from 'pg';
import type { ClientBase } from 'pg';
import type { Logger } from '../runtime/log.ts';

const appRole = 'credit_ledger_app';

/** The driver option by which a connection works with the restricted role's rights only. */
export const appRoleOptions = `-c role=${appRole}`;

interface RoleFacts {
  version: number;
  may_create: boolean;
  exists: boolean;
}

/**
 * Makes the restricted role that the program works with once the schema stands, and lets the login role
 * switch to it. Where the login role may not, warns and returns no role: triggers still keep the journal.
 */
export async function ensureRoles(
  client: ClientBase,
  log: Logger,
): Promise<{ appRole: typeof appRole | undefined }> {
  const facts = await readFacts(client);
  if (!facts.exists && facts.may_create) await createRole(client);
  if ((facts.exists || facts.may_create) && (await ensureMembership(client, facts.version)))
    return { appRole };
  log.warn(
    `the login role may not use a role ${appRole}, so only triggers protect the journal: ` +
      `give it CREATEROLE, or create ${appRole} and grant it to the login role`,
  );
  return { appRole: undefined };
}

async function readFacts(client: ClientBase): Promise<RoleFacts> {
  const { rows } = await client.query<RoleFacts>(
    `select current_setting('server_version_num')::int as version,
            rolsuper or rolcreaterole as may_create,
            exists (select from pg_roles where rolname = $1) as exists
       from pg_roles where rolname = current_user`,
    [appRole],
  );
  if (rows[0] === undefined) throw new Error('the login role is not in pg_roles');
  return rows[0];
}

/** Roles belong to the whole server: a program on another of its databases may create it at this moment. */
async function createRole(client: ClientBase): Promise<void> {
  try {
    await client.query(`create role ${appRole} nologin`);
  } catch (error) {
    if (!isState(error, '42710') && !isState(error, '23505')) throw error;
  }
}

/**
 * Until PostgreSQL 15 any membership allows `set role` and CREATEROLE may grant any ordinary role; since 16
 * `set` is an option of the grant, and only who holds `admin` on the role (its creator) may grant it.
 */
async function ensureMembership(client: ClientBase, version: number): Promise<boolean> {
  const hasSetOption = version >= 160_000;
  const privilege = hasSetOption ? 'SET' : 'MEMBER';
  if (await hasPrivilege(client, privilege)) return true;
  try {
    const options = hasSetOption ? 'with set true, inherit false' : '';
    await client.query(`grant ${appRole} to current_user ${options}`);
  } catch (error) {
    if (!isState(error, '42501')) throw error;
  }
  return hasPrivilege(client, privilege);
}

async function hasPrivilege(client: ClientBase, privilege: string): Promise<boolean> {
  const query = 'select pg_has_role(current_user, $1, $2) as held';
  const { rows } = await client.query<{ held: boolean }>(query, [appRole, privilege]);
  return rows[0]?.held === true;
}

function isState(error: unknown, state: string): boolean {
  return error instanceof DatabaseError && error.code === state;
}
