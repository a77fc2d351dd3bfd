import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync } from 'node:fs';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { findFreePorts } from '../../tools/programs.ts';
import { makeAuthority, type CertificateFiles } from '../support/certificates.ts';
import { createDatabase } from '../support/databases.ts';
import { summaryOf } from '../support/http.ts';
import { callsTo, until } from '../support/product.ts';
import { refusalOf, removeData, startServer } from '../support/server-process.ts';

const main = join(import.meta.dirname, '..', '..', 'src', 'main.ts');
const token = 'the internal token of the tests';

/** POSTs to the route between processes. @returns the status, or `refused` where the connection is */
function askInternally(url: string, ca: string, own?: CertificateFiles): Promise<number | string> {
  const { promise, resolve } = Promise.withResolvers<number | string>();
  const files =
    own === undefined ? {} : { cert: readFileSync(own.certFile), key: readFileSync(own.keyFile) };
  const headers = { authorization: `Internal ${token}`, 'content-type': 'application/octet-stream' };
  request(
    `${url}/internal/commands`,
    { ca: readFileSync(ca), ...files, method: 'POST', headers },
    (answer) => resolve(answer.resume().statusCode ?? 0),
  )
    .on('error', () => resolve('refused'))
    .end('x');
  return promise;
}

test('commands between processes need a certificate of their own authority, beside the token', async (t) => {
  const database = await createDatabase(t);
  const dataDir = mkdtempSync(join(tmpdir(), 'mutual-'));
  const own = makeAuthority(dataDir, 'ours');
  const foreign = makeAuthority(dataDir, 'theirs');
  const [ledgerFiles, gatewayFiles] = [own.sign('ledger'), own.sign('gateway')];
  const [port = 0] = await findFreePorts(1);
  const url = `https://localhost:${port}`;
  const env = {
    DATABASE_URL: database.url,
    DATA_DIR: dataDir,
    ADMIN_API_KEY: 'mutual-admin-key-0123456789-0123456789',
    INTERNAL_TOKEN: token,
    INTERNAL_CA_FILE: own.caFile,
    LOG_LEVEL: 'fatal',
  };
  const tls = { TLS_CERT_FILE: ledgerFiles.certFile, TLS_KEY_FILE: ledgerFiles.keyFile };
  const child = spawn(process.execPath, [main], {
    env: { ...process.env, ...env, ...tls, ROLE: 'ledger,projections', PORT: String(port) },
    stdio: 'ignore',
  });
  t.after(() => child.kill('SIGKILL'));
  assert.match(
    await refusalOf(dataDir, { ...env, ROLE: 'gateway', LEDGER_URL: url }),
    /this process needs a certificate to show/,
  );
  const shown = { INTERNAL_CERT_FILE: gatewayFiles.certFile, INTERNAL_KEY_FILE: gatewayFiles.keyFile };
  const gateway = await startServer(dataDir, { ...env, ...shown, ROLE: 'gateway', LEDGER_URL: url });
  t.after(async () => {
    await gateway.stop();
    removeData(gateway);
  });
  const { call, move } = callsTo(gateway);
  const open = (name: string) =>
    call('POST', '/v1/accounts', {
      body: { currency: 'USD', external_id: name },
      headers: { 'idempotency-key': name },
    });
  await until(async () => (await open('a')).status === 201, 'the ledger is reached');
  assert.equal((await open('b')).status, 201);
  assert.equal(summaryOf(await move('m', 'a', 'b', 1)), '201');

  assert.equal(await askInternally(url, own.caFile), 404, 'the token alone is not enough');
  assert.equal(await askInternally(url, own.caFile, foreign.sign('stranger')), 404);
  assert.equal(
    await askInternally(url, own.caFile, gatewayFiles),
    500,
    'known, and then asked for no command',
  );
  await until(async () => {
    const { text } = await call('GET', '/v1/admin/audit-log?action=authenticate');
    return text.includes('internal certificate');
  }, 'the audit log tells of strangers');
});
