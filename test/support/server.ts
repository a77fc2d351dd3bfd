import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { startEmbedded } from '../../src/postgres/embedded.ts';

/** A server of its own with throwaway data; `url` reaches its database `postgres` as superuser. */
export interface TestServer {
  url: string;
  stop: () => Promise<void>;
}

/** Starts an embedded PostgreSQL 18 in a temporary directory; the settings replace the usual ones. */
export async function startTestServer(settings: Record<string, string> = {}): Promise<TestServer> {
  const dataDir = mkdtempSync(join(tmpdir(), 'credit-ledger-18-'));
  const remove = () => rmSync(dataDir, { recursive: true, force: true });
  const server = await startEmbedded({
    dataDir,
    log: pino({ level: 'silent' }),
    settings: { max_connections: '200', ...settings },
  }).catch((error: unknown) => {
    remove();
    throw error;
  });
  const stop = async () => {
    await server.stop();
    remove();
  };
  return { url: `postgresql://credit_ledger@localhost/postgres?host=${server.clientConfig.host}`, stop };
}
