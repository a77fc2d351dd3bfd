import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { connect } from 'node:tls';
import { pino } from 'pino';
import { Certificate } from '../../src/gateway/tls.ts';
import { startGateway, type TestGateway } from '../support/gateway.ts';
import { send, summaryOf } from '../support/http.ts';

/** A self-signed certificate for localhost in two files. */
function makeCertificate(directory: string, name: string): { certFile: string; keyFile: string } {
  const certFile = join(directory, `${name}.crt`);
  const keyFile = join(directory, `${name}.key`);
  const kind = '-x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2'.split(' ');
  const subject = ['-subj', `/CN=${name}`, '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'];
  const files = ['-keyout', keyFile, '-out', certFile];
  const made = spawnSync('openssl', ['req', ...kind, ...subject, ...files]);
  assert.equal(made.status, 0, String(made.stderr));
  return { certFile, keyFile };
}

function makeDirectory(t: TestContext): string {
  const directory = mkdtempSync(join(tmpdir(), 'credit-ledger-tls-'));
  t.after(() => rmSync(directory, { recursive: true }));
  return directory;
}

/** The name on the certificate that the server shows. */
function readName(url: string, ca: string): Promise<string> {
  const { hostname, port } = new URL(url);
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const socket = connect({ host: hostname, port: Number(port), ca }, () => {
    resolve(String(socket.getPeerCertificate().subject.CN));
    socket.end();
  });
  socket.on('error', reject);
  return promise;
}

function getStatus(url: string, ca: string): Promise<number | undefined> {
  const { promise, resolve, reject } = Promise.withResolvers<number | undefined>();
  request(url, { ca }, (response) => resolve(response.resume().statusCode))
    .on('error', reject)
    .end();
  return promise;
}

test('with a certificate the gateway speaks HTTPS, and takes a new one without a restart', async (t) => {
  const directory = makeDirectory(t);
  const first = makeCertificate(directory, 'first');
  const second = makeCertificate(directory, 'second');
  const files = { certFile: join(directory, 'tls.crt'), keyFile: join(directory, 'tls.key') };
  const use = (certFile: string, keyFile: string): void => {
    writeFileSync(files.certFile, readFileSync(certFile));
    writeFileSync(files.keyFile, readFileSync(keyFile));
  };
  use(first.certFile, first.keyFile);
  const logged: string[] = [];
  const log = pino({}, { write: (line: string) => void logged.push(line) });
  const tls = new Certificate({ ...files, log });
  t.after(() => tls.close());
  const { url } = await startGateway(t, undefined, { tls });
  assert.match(url, /^https:/);
  const firstCa = readFileSync(first.certFile, 'utf8');
  const secondCa = readFileSync(second.certFile, 'utf8');
  assert.equal(await getStatus(`${url}/healthz`, firstCa), 200);
  assert.equal(await readName(url, firstCa), 'first');
  const plain = url.replace('https:', 'http:');
  await assert.rejects(send(`${plain}/healthz`, 'GET', {}, undefined), /fetch failed/);
  use(second.certFile, first.keyFile);
  while (!logged.some((line) => line.includes('can not be used')))
    await new Promise((resolve) => setTimeout(resolve, 20));
  assert.equal(await readName(url, firstCa), 'first', 'what does not fit is not used');
  use(second.certFile, second.keyFile);
  while (!logged.some((line) => line.includes('was changed')))
    await new Promise((resolve) => setTimeout(resolve, 20));
  assert.equal(await readName(url, secondCa), 'second');
  assert.equal(await getStatus(`${url}/healthz`, secondCa), 200);
});

test('a certificate that does not fit its key is refused at the start', (t) => {
  const directory = makeDirectory(t);
  const { certFile } = makeCertificate(directory, 'one');
  const { keyFile } = makeCertificate(directory, 'other');
  assert.throws(() => new Certificate({ certFile, keyFile, log: pino({ level: 'silent' }) }));
});

async function addressOf(gateway: TestGateway, headers: Record<string, string>): Promise<string> {
  await send(
    `${gateway.url}/v1/ledgers`,
    'GET',
    { authorization: 'Bearer nobody-has-this-key', ...headers },
    undefined,
  );
  await gateway.flushAudit();
  const { rows } = await gateway.pool.query<{ address: string }>(
    'select address from ledger.audit_log order by number desc limit 1',
  );
  return rows[0]?.address ?? '';
}

test('where a request comes from is believed of trusted proxies only', async (t) => {
  const spoofed = { 'x-forwarded-for': '203.0.113.9, 198.51.100.7', forwarded: 'for=203.0.113.9' };
  const alone = await startGateway(t);
  assert.equal(await addressOf(alone, spoofed), '127.0.0.1');
  const behind = await startGateway(t, undefined, { trustedProxies: ['127.0.0.0/8'] });
  assert.equal(
    await addressOf(behind, spoofed),
    '198.51.100.7',
    'the nearest that is not a proxy of ours',
  );
  assert.equal(await addressOf(behind, {}), '127.0.0.1');
});

test('web pages of the named origins may call, others and by default none may', async (t) => {
  const origin = 'https://app.example.com';
  const preflight = {
    'access-control-request-method': 'POST',
    'access-control-request-headers': 'authorization',
  };
  const ask = (gateway: TestGateway, method: string, headers: Record<string, string>) =>
    send(`${gateway.url}/v1/ledgers`, method, headers, undefined);
  const closed = await startGateway(t);
  const refused = await ask(closed, 'OPTIONS', { origin, ...preflight });
  assert.equal(summaryOf(refused), '405 method_not_allowed');
  assert.equal(refused.headers.get('access-control-allow-origin'), null);
  const open = await startGateway(t, undefined, { corsOrigins: [origin] });
  const allowed = await ask(open, 'OPTIONS', { origin, ...preflight });
  assert.equal(allowed.status, 200);
  assert.equal(allowed.headers.get('access-control-allow-origin'), origin);
  assert.match(allowed.headers.get('access-control-allow-headers') ?? '', /idempotency-key/);
  assert.equal(allowed.headers.get('access-control-allow-credentials'), null);
  const answer = await open.call('GET', '/v1/ledgers', {
    headers: { origin, authorization: `Bearer ${open.adminKey}` },
  });
  assert.equal(answer.headers.get('access-control-allow-origin'), origin);
  assert.equal(answer.headers.get('vary'), 'origin');
  for (const other of ['https://app.example.com.evil.test', 'null', 'http://app.example.com']) {
    const seen = await ask(open, 'OPTIONS', { origin: other, ...preflight });
    assert.equal(seen.headers.get('access-control-allow-origin'), null, other);
    assert.equal(seen.status, 405, other);
  }
});
