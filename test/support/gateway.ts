import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { Pool } from 'pg';
import { pino } from 'pino';
import { appendAudit } from '../../src/audit/append-audit.ts';
import { AuditRecorder } from '../../src/audit/audit-recorder.ts';
import { ensureAdminKey } from '../../src/gateway/admin-key.ts';
import { Admission } from '../../src/gateway/admission.ts';
import { Auth, type AuthOptions } from '../../src/gateway/auth.ts';
import type { GatewayOptions } from '../../src/gateway/gateway-options.ts';
import { Sandboxes } from '../../src/gateway/sandboxes.ts';
import { createGateway } from '../../src/gateway/server.ts';
import type { Ledger, LedgerAnswer, LedgerRequest } from '../../src/ledger/commands.ts';
import { readEvents } from '../../src/ledger/event-log.ts';
import { readOutbox } from '../../src/relay/read-outbox.ts';
import { createRegistry } from '../../src/runtime/metrics.ts';
import { addressSet } from '../../src/webhooks/public-address.ts';
import { createDatabase } from './databases.ts';
import { send, type CallOptions, type TestAnswer } from './http.ts';

/** What digests of keys are made with. */
export const pepper = 'a pepper of the tests';

/** A gateway that serves on a port of its own, on a database of its own. */
export interface TestGateway {
  url: string;
  adminKey: string;
  pool: Pool;
  /** What reached the ledger, in order. */
  submitted: LedgerRequest[];
  /** Lines that were logged. */
  logged: string[];
  /** Writes down the refused credentials that were counted. */
  flushAudit: () => Promise<void>;
  /** Ends it before the test does. */
  close: () => Promise<void>;
  /** Sends a request with the administrator's key, unless other headers are given. */
  call: (method: string, path: string, options?: CallOptions) => Promise<TestAnswer>;
}

/** Stands for the ledger where the ledger is not the subject: carries everything out. */
export const carryOut = (): LedgerAnswer => ({
  kind: 'done',
  status: 201,
  body: { id: 'made' },
  location: '/v1/transfers/made',
  replayed: false,
});

/** @param decide what the ledger answers; a fault it throws is the ledger's. */
export async function startGateway(
  t: TestContext,
  decide: (request: LedgerRequest) => LedgerAnswer | Promise<LedgerAnswer> = carryOut,
  { tokens, ...options }: Partial<GatewayOptions> & Pick<AuthOptions, 'tokens'> = {},
): Promise<TestGateway> {
  const pool = await openPool(t);
  const submitted: LedgerRequest[] = [];
  const logged: string[] = [];
  const ledger: Ledger = {
    submit: async (request) => {
      submitted.push(request);
      return decide(request);
    },
  };
  const auditRecorder = new AuditRecorder({
    append: (entries) => appendAudit(pool, entries),
    warn: (_facts, message) => void logged.push(message),
    monotonicMs: () => performance.now(),
  });
  const gateway = createGateway({
    config: { host: '127.0.0.1', port: 0 },
    log: pino({ level: 'debug' }, { write: (line: string) => void logged.push(line) }),
    ledger,
    sandboxes: new Sandboxes(),
    db: pool,
    primary: pool,
    readProcessing: () => Promise.resolve(null),
    registry: createRegistry(),
    dependencies: [{ name: 'postgres', check: async () => void (await pool.query('select 1')) }],
    readOutbox: () => readOutbox(pool),
    openExport: () => {
      throw new Error('nothing is exported here');
    },
    seals: { seal: () => Promise.resolve([]), rotate: undefined },
    readLog: (after, limit) => readEvents(pool, after, limit),
    auditRecorder,
    auth: new Auth({ db: pool, pepper, perSecond: 0, tokens, now: options.now ?? Date.now }),
    pepper,
    admissions: { reads: createAdmission(), writes: createAdmission() },
    now: Date.now,
    monotonicMs: () => performance.now(),
    random: randomBytes,
    webhookTargets: { allowHttp: false, allowed: addressSet([]) },
    ...options,
  });
  const adminKey = await makeAdminKey(pool);
  const url = await gateway.listen();
  t.after(async () => {
    await gateway.close();
    await auditRecorder.close();
  });
  const call = (method: string, path: string, { headers = {}, body }: CallOptions = {}) =>
    send(url + path, method, { authorization: `Bearer ${adminKey}`, ...headers }, body);
  const flushAudit = () => auditRecorder.close();
  return { url, adminKey, pool, submitted, logged, flushAudit, close: () => gateway.close(), call };
}

function createAdmission(): Admission {
  const monotonicMs = (): number => performance.now();
  return new Admission({ runningMax: 256, laneMax: 256, waitingMax: 1000, monotonicMs });
}

/** Connections to a migrated database of its own. */
export async function openPool(t: TestContext): Promise<Pool> {
  const database = await createDatabase(t);
  const pool = new Pool({ connectionString: database.url, max: 4 });
  // Without a listener, a connection that the end of the test cuts off would end the process.
  pool.on('error', () => {});
  t.after(() => pool.end());
  return pool;
}

async function makeAdminKey(db: Pool): Promise<string> {
  const dataDir = mkdtempSync(join(tmpdir(), 'credit-ledger-key-'));
  const { token } = await ensureAdminKey({
    dataDir,
    adminApiKey: undefined,
    db,
    pepper,
    random: randomBytes,
    warn: () => {},
  });
  rmSync(dataDir, { recursive: true });
  return token;
}
