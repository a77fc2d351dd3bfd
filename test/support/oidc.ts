import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { TestContext } from 'node:test';
import { exportJWK, generateKeyPair, SignJWT, type JWTPayload } from 'jose';
import { Provider, type ClientMetadata } from 'oidc-provider';
import { Registry } from 'prom-client';
import { Issuer } from '../../src/gateway/issuer.ts';
import { createBreakers } from '../../src/runtime/breaker.ts';

async function serve(t: TestContext, listener: RequestListener) {
  const server = createServer(listener);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('a server without a port');
  return { url: `http://127.0.0.1:${address.port}`, server };
}

export const audience = 'credit-ledger';
type Algorithm = 'RS256' | 'ES256' | 'EdDSA';

/**
 * A certified OpenID provider, and how to get a token of it with client credentials.
 * @param people the client by which people sign in, on pages that take any name
 * @param lifeSeconds of the tokens that they get
 */
export async function startProvider(
  t: TestContext,
  alg: Algorithm,
  people?: ClientMetadata,
  lifeSeconds: () => number = () => 3600,
) {
  let handle: RequestListener = () => {};
  const { url: issuer } = await serve(t, (request, response) => handle(request, response));
  const { privateKey } = await generateKeyPair(alg, { extractable: true });
  const jwk = { ...(await exportJWK(privateKey)), alg, use: 'sig', kid: 'k1' };
  const provider = new Provider(issuer, {
    jwks: { keys: [jwk] },
    clients: [
      {
        client_id: 'billing',
        client_secret: 'a secret of the client',
        grant_types: ['client_credentials'],
        redirect_uris: [],
        response_types: [],
        id_token_signed_response_alg: alg,
        token_endpoint_auth_method: 'client_secret_post',
      },
      ...(people === undefined ? [] : [{ ...people, id_token_signed_response_alg: alg }]),
    ],
    scopes: ['ledger:read', 'ledger:write'],
    ttl: { AccessToken: lifeSeconds },
    extraTokenClaims: () => ({ ledgers: ['main'] }),
    features: {
      devInteractions: { enabled: people !== undefined },
      clientCredentials: { enabled: true },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => 'https://ledger.example',
        useGrantedResource: () => true,
        getResourceServerInfo: () => ({
          scope: 'ledger:read ledger:write',
          audience,
          accessTokenFormat: 'jwt',
          jwt: { sign: { alg } },
        }),
      },
    },
  });
  const callback = provider.callback();
  handle = callback;
  const requestToken = async (scope: string): Promise<string> => {
    const client = { client_id: 'billing', client_secret: 'a secret of the client' };
    const body = new URLSearchParams({ grant_type: 'client_credentials', scope, ...client });
    const response = await fetch(`${issuer}/token`, { method: 'POST', body });
    const text = await response.text();
    const token = /"access_token":"([^"]+)"/.exec(text)?.[1];
    if (token === undefined) throw new Error(text);
    return token;
  };
  return { issuer, requestToken };
}

/** An issuer as a process asks it, with a breaker of its own. */
export function issuerAt(address: string): Issuer {
  return new Issuer(address, createBreakers(new Registry())('identity'));
}

/** An issuer whose keys a test changes, and which signs whatever it is told to. */
export async function startIssuer(t: TestContext) {
  const published: object[] = [];
  let asked = 0;
  const { url: issuer, server } = await serve(t, (request, response) => {
    response.setHeader('content-type', 'application/json');
    if (request.url === '/jwks') asked += 1;
    const document = { issuer, jwks_uri: `${issuer}/jwks` };
    response.end(JSON.stringify(request.url === '/jwks' ? { keys: published } : document));
  });
  const addKey = async (kid: string) => {
    const pair = await generateKeyPair('ES256', { extractable: true });
    published.push({ ...(await exportJWK(pair.publicKey)), kid, alg: 'ES256', use: 'sig' });
    return pair;
  };
  const stop = (): void => {
    server.close();
    server.closeAllConnections();
  };
  const start = async (): Promise<void> => {
    server.listen(Number(new URL(issuer).port), '127.0.0.1');
    await once(server, 'listening');
  };
  return { issuer, addKey, published, asked: () => asked, stop, start };
}

/** Claims of a token that counts. */
export const goodClaims = (issuer: string): JWTPayload => ({
  iss: issuer,
  aud: audience,
  sub: 'billing',
  scope: 'openid ledger:read',
  ledgers: ['main'],
  exp: Math.floor(Date.now() / 1000) + 300,
});

export function sign(claims: JWTPayload, key: CryptoKey, header: { alg: string; kid?: string }) {
  return new SignJWT(claims).setProtectedHeader(header).sign(key);
}
