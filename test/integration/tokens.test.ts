import assert from 'node:assert/strict';
import { createHmac, generateKeyPairSync } from 'node:crypto';
import { test, type TestContext } from 'node:test';
import { exportSPKI, SignJWT } from 'jose';
import { TokenVerifier, type TokenVerifierOptions } from '../../src/gateway/token-verifier.ts';
import { startGateway, type TestGateway } from '../support/gateway.ts';
import { summaryOf } from '../support/http.ts';
import { audience, goodClaims, issuerAt, sign, startIssuer, startProvider } from '../support/oidc.ts';

const claims = { scopeClaim: 'scope', scopePrefix: 'ledger:', ledgersClaim: 'ledgers' };

async function startWith(
  t: TestContext,
  issuer: string,
  more: Partial<TokenVerifierOptions> = {},
): Promise<TestGateway> {
  const tokens = new TokenVerifier({ issuer: issuerAt(issuer), audience, ...claims, ...more });
  return startGateway(t, undefined, { tokens });
}

async function use(gateway: TestGateway, token: string, path = '/v1/currencies'): Promise<string> {
  const headers = { authorization: `Bearer ${token}` };
  return summaryOf(await gateway.call('GET', path, { headers }));
}

for (const alg of ['RS256', 'ES256', 'EdDSA'] as const) {
  test(`a token of a real provider lets in what its scopes allow, signed by ${alg}`, async (t) => {
    const provider = await startProvider(t, alg);
    const gateway = await startWith(t, provider.issuer);
    const reader = await provider.requestToken('ledger:read');
    assert.equal(await use(gateway, reader), '200');
    const post = (token: string, more: Record<string, string> = {}) =>
      gateway.call('POST', '/v1/transfers', {
        headers: { authorization: `Bearer ${token}`, 'idempotency-key': 'k', ...more },
        body: { from: 'ext:a', to: 'ext:b', amount_minor: 1, currency: 'USD' },
      });
    assert.equal(summaryOf(await post(reader)), '403 forbidden');
    const writer = await provider.requestToken('ledger:write');
    assert.equal((await post(writer)).status, 201);
    assert.equal(gateway.submitted[0]?.ledger, 'main');
    assert.equal(summaryOf(await post(writer, { ledger: 'other' })), '404 ledger_not_found');
    assert.equal(await use(gateway, writer, '/v1/api-keys'), '403 forbidden');
  });
}

test('no trick with a token lets anybody in', async (t) => {
  const { issuer, addKey } = await startIssuer(t);
  const { privateKey, publicKey } = await addKey('k1');
  const gateway = await startWith(t, issuer);
  const good = goodClaims(issuer);
  const { exp: _exp, ...endless } = good;
  const header = { alg: 'ES256', kid: 'k1' };
  const now = Math.floor(Date.now() / 1000);
  const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const hmac = (text: string, secret: string): string =>
    `${text}.${createHmac('sha256', secret).update(text).digest('base64url')}`;
  const withPublicKey = `${encode({ alg: 'HS256', kid: 'k1' })}.${encode(good)}`;
  const pem = await exportSPKI(publicKey);
  const other = await startIssuer(t);
  const stranger = await other.addKey('k1');
  const { privateKey: rsa } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const own = await sign(good, privateKey, header);
  const [head = '', body = '', signature = ''] = own.split('.');
  assert.equal(await use(gateway, own), '200');
  const signed = (more: object) => sign({ ...good, ...more }, privateKey, header);
  const tricks: Readonly<Record<string, string>> = {
    'no algorithm': `${encode({ alg: 'none' })}.${encode(good)}.`,
    'no algorithm, written otherwise': `${encode({ alg: 'nOnE', kid: 'k1' })}.${encode(good)}.x`,
    'HS256 with the public key': hmac(withPublicKey, pem),
    'another key by the same name': await sign(good, stranger.privateKey, header),
    'a kid that nobody published': await sign(good, privateKey, { alg: 'ES256', kid: 'other' }),
    'a kid that is a path': await sign(good, privateKey, { alg: 'ES256', kid: '../../dev/null' }),
    'a kid that is SQL': await sign(good, privateKey, { alg: 'ES256', kid: "k1' or '1'='1" }),
    'an algorithm that the key is not of': `${encode({ alg: 'RS256', kid: 'k1' })}.${body}.${signature}`,
    'a key of its own in the header': hmac(
      `${encode({ alg: 'HS256', jwk: { kty: 'oct', k: encode({ a: 1 }) } })}.${body}`,
      JSON.stringify({ a: 1 }),
    ),
    'keys at an address of its own': `${encode({ alg: 'ES256', jku: 'http://127.0.0.1:1/', kid: 'x' })}.${body}.${signature}`,
    'a critical extension': `${encode({ ...header, crit: ['exp'] })}.${body}.${signature}`,
    'a changed claim': `${head}.${encode({ ...good, ledgers: ['*'] })}.${signature}`,
    'a changed signature': `${head}.${body}.${signature.replace(/^./, (c) => (c === 'A' ? 'B' : 'A'))}`,
    'no signature': `${head}.${body}.`,
    'two tokens in one': `${own}.${own}`,
    expired: await signed({ exp: now - 60 }),
    'without an end': await sign(endless, privateKey, header),
    'not yet': await signed({ nbf: now + 600 }),
    'for another audience': await signed({ aud: 'other' }),
    'by another issuer': await signed({ iss: 'https://elsewhere.example' }),
    'by an issuer that looks alike': await signed({ iss: `${issuer}/` }),
    'without a subject': await signed({ sub: '' }),
    'with a subject that is too long': await signed({ sub: 'a'.repeat(300) }),
    'without a scope': await signed({ scope: 'openid email' }),
    'with scopes that are no text': await signed({ scope: { 'ledger:read': true } }),
    'without a ledger': await signed({ ledgers: [] }),
    huge: await signed({ filler: 'a'.repeat(9000) }),
    'not JSON': 'eyJhbGciOi.eyJ4.c2ln',
  };
  for (const [name, token] of Object.entries(tricks))
    assert.equal(await use(gateway, token), '401 unauthorized', name);
  const rsaToken = await new SignJWT(good).setProtectedHeader({ alg: 'PS256', kid: 'k1' }).sign(rsa);
  assert.equal(await use(gateway, rsaToken), '401 unauthorized', 'PS256');
  await gateway.flushAudit();
  const { rows } = await gateway.pool.query<{ n: number; text: string }>(
    "select sum(occurrences)::int as n, string_agg(detail, ' ') as text from ledger.audit_log",
  );
  assert.equal(rows[0]?.n, Object.keys(tricks).length + 1);
  assert.ok(!rows[0].text.includes(signature));
});

test('a key that the issuer adds is found, and one that it takes back is not believed for ever', async (t) => {
  const { issuer, addKey, published, asked } = await startIssuer(t);
  const first = await addKey('k1');
  const verifier = new TokenVerifier({ issuer: issuerAt(issuer), audience, ...claims });
  const good = goodClaims(issuer);
  const token = await sign(good, first.privateKey, { alg: 'ES256', kid: 'k1' });
  for (let n = 0; n < 20; n += 1) assert.equal(typeof (await verifier.verify(token)), 'object');
  assert.equal(asked(), 1, 'keys are kept');
  published.length = 0;
  const second = await addKey('k2');
  const newer = await sign(good, second.privateKey, { alg: 'ES256', kid: 'k2' });
  // The issuer is asked again for a key that is not known, at most every ten seconds.
  t.mock.timers.enable({ apis: ['Date'], now: Date.now() + 11_000 });
  assert.equal(typeof (await verifier.verify(newer)), 'object');
  assert.equal(asked(), 2);
  assert.match(String(await verifier.verify(token)), /JWKS_NO_MATCHING_KEY/);
});

test('scopes and ledgers are where the settings say', async (t) => {
  const { issuer, addKey } = await startIssuer(t);
  const { privateKey } = await addKey('k1');
  const gateway = await startWith(t, issuer, {
    scopeClaim: 'realm_access.roles',
    scopePrefix: 'cl-',
    ledgersClaim: 'cl_ledgers',
  });
  const mapped = {
    ...goodClaims(issuer),
    scope: 'ledger:admin',
    realm_access: { roles: ['cl-read', 'offline_access'] },
    cl_ledgers: 'second third',
  };
  const token = await sign(mapped, privateKey, { alg: 'ES256', kid: 'k1' });
  assert.equal(await use(gateway, token), '200');
  assert.equal(await use(gateway, token, '/v1/api-keys'), '403 forbidden');
});

test('while the issuer is away API keys go on, and tokens are answered 503', async (t) => {
  const away = await startIssuer(t);
  away.stop();
  const gateway = await startWith(t, away.issuer);
  const { privateKey } = await away.addKey('k1');
  const token = await sign(goodClaims(away.issuer), privateKey, { alg: 'ES256', kid: 'k1' });
  assert.equal(await use(gateway, token), '503 identity_unavailable');
  assert.equal((await gateway.call('GET', '/v1/currencies')).status, 200);
});

test('while the issuer is away its last keys count on for a day', async (t) => {
  const { issuer, addKey, stop } = await startIssuer(t);
  const { privateKey } = await addKey('k1');
  const verifier = new TokenVerifier({ issuer: issuerAt(issuer), audience, ...claims });
  const start = Date.now();
  const exp = Math.floor(start / 1000) + 90_000;
  const token = await sign({ ...goodClaims(issuer), exp }, privateKey, { alg: 'ES256', kid: 'k1' });
  assert.equal(typeof (await verifier.verify(token)), 'object');
  stop();
  t.mock.timers.enable({ apis: ['Date'], now: start + 3_600_000 });
  assert.equal(typeof (await verifier.verify(token)), 'object');
  const other = await sign(goodClaims(issuer), privateKey, { alg: 'ES256', kid: 'k2' });
  await assert.rejects(verifier.verify(other), /can not be asked/);
  t.mock.timers.setTime(start + 86_500_000);
  await assert.rejects(verifier.verify(token), /can not be asked/);
});
