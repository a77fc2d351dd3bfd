import { DatabaseError } from 'pg';
import type { ClientBase } from 'pg';
import type { Logger } from '../runtime/log.ts';

const appRole = 'credit_ledger_app';
/** Reads what requests ask for, and sees only the ledgers it is told to. */
const readerRole = 'credit_ledger_reader';

/** The driver option by which a connection works with the restricted role's rights only. */
export const appRoleOptions = `-c role=${appRole}`;

/** The same for the role that sees a request's ledgers only. */
export const readerRoleOptions = `-c role=${readerRole}`;

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
): Promise<{ appRole: typeof appRole | undefined; readerRole: typeof readerRole | undefined }> {
  const hasReader = await ensureRole(client, readerRole);
  if (!hasReader)
    log.warn(
      `the login role may not use a role ${readerRole}, so only the where of its queries keeps ledgers apart: ` +
        `give it CREATEROLE, or create ${readerRole}, grant it to the login role and start anew on an empty schema`,
    );
  const reader = hasReader ? readerRole : undefined;
  if (await ensureRole(client, appRole)) return { appRole, readerRole: reader };
  log.warn(
    `the login role may not use a role ${appRole}, so only triggers protect the journal: ` +
      `give it CREATEROLE, or create ${appRole} and grant it to the login role`,
  );
  return { appRole: undefined, readerRole: reader };
}

/** Makes a role where it is not there. @returns whether the login role may switch to it */
async function ensureRole(client: ClientBase, role: string): Promise<boolean> {
  const facts = await readFacts(client, role);
  if (!facts.exists && facts.may_create) await createRole(client, role);
  return (facts.exists || facts.may_create) && ensureMembership(client, role, facts.version);
}

/** Whether the walls stand: they do not where the role was not there when the schema was made. */
export async function hasWall(client: ClientBase, table: string): Promise<boolean> {
  const text = `select 1 from pg_policy where polname = 'wall' and polrelid = $1::regclass`;
  return ((await client.query(text, [table])).rowCount ?? 0) > 0;
}

async function readFacts(client: ClientBase, role: string): Promise<RoleFacts> {
  const { rows } = await client.query<RoleFacts>(
    `select current_setting('server_version_num')::int as version,
            rolsuper or rolcreaterole as may_create,
            exists (select from pg_roles where rolname = $1) as exists
       from pg_roles where rolname = current_user`,
    [role],
  );
  if (rows[0] === undefined) throw new Error('the login role is not in pg_roles');
  return rows[0];
}

/** Roles belong to the whole server: a program on another of its databases may create it at this moment. */
async function createRole(client: ClientBase, role: string): Promise<void> {
  try {
    await client.query(`create role ${role} nologin`);
  } catch (error) {
    if (!isState(error, '42710') && !isState(error, '23505')) throw error;
  }
}

/**
 * Until PostgreSQL 15 any membership allows `set role` and CREATEROLE may grant any ordinary role; since 16
 * `set` is an option of the grant, and only who holds `admin` on the role (its creator) may grant it.
 */
async function ensureMembership(client: ClientBase, role: string, version: number): Promise<boolean> {
  const hasSetOption = version >= 160_000;
  const privilege = hasSetOption ? 'SET' : 'MEMBER';
  if (await hasPrivilege(client, role, privilege)) return true;
  try {
    const options = hasSetOption ? 'with set true, inherit false' : '';
    await client.query(`grant ${role} to current_user ${options}`);
  } catch (error) {
    if (!isState(error, '42501')) throw error;
  }
  return hasPrivilege(client, role, privilege);
}

async function hasPrivilege(client: ClientBase, role: string, privilege: string): Promise<boolean> {
  const query = 'select pg_has_role(current_user, $1, $2) as held';
  const { rows } = await client.query<{ held: boolean }>(query, [role, privilege]);
  return rows[0]?.held === true;
}

function isState(error: unknown, state: string): boolean {
  return error instanceof DatabaseError && error.code === state;
}
