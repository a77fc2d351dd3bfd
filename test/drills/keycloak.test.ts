import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { z } from 'zod';
import { TokenVerifier } from '../../src/gateway/token-verifier.ts';
import { keycloakMissing, startKeycloak } from '../../tools/keycloak.ts';
import { startGateway } from '../support/gateway.ts';
import { summaryOf } from '../support/http.ts';
import { issuerAt } from '../support/oidc.ts';

const secret = 'a-secret-of-the-drill';
const granted = z.looseObject({ access_token: z.string() });

/** A token of the realm's client, as soon as Keycloak gives one. */
async function requestToken(issuer: string): Promise<string> {
  const body = new URLSearchParams({
    grant_type: 'client_credentials',
    client_id: 'billing',
    client_secret: secret,
  });
  for (let tries = 0; ; tries += 1) {
    const answer = await fetch(`${issuer}/protocol/openid-connect/token`, {
      method: 'POST',
      body,
    }).catch(() => undefined);
    if (answer?.status === 200) return granted.parse(await answer.json()).access_token;
    assert.ok(tries < 300, answer === undefined ? 'no answer' : await answer.text());
    await pause(1000);
  }
}

test(
  'the realm of deploy/keycloak gives tokens that let in what they say',
  { timeout: 600_000, skip: keycloakMissing() ?? false },
  async (t) => {
    const { issuer, remove } = await startKeycloak(secret);
    t.after(remove);
    const token = await requestToken(issuer);
    const tokens = new TokenVerifier({
      issuer: issuerAt(issuer),
      audience: 'credit-ledger',
      scopeClaim: 'scope',
      scopePrefix: 'ledger:',
      ledgersClaim: 'ledgers',
    });
    const gateway = await startGateway(t, undefined, { tokens });
    const headers = { authorization: `Bearer ${token}` };
    assert.equal(summaryOf(await gateway.call('GET', '/v1/currencies', { headers })), '200');
    const body = { from: 'ext:a', to: 'ext:b', amount_minor: 1, currency: 'USD' };
    const keyed = { ...headers, 'idempotency-key': 'k' };
    assert.equal(
      summaryOf(await gateway.call('POST', '/v1/transfers', { headers: keyed, body })),
      '201',
    );
    assert.equal(gateway.submitted[0]?.ledger, 'main');
    assert.equal(summaryOf(await gateway.call('GET', '/v1/api-keys', { headers })), '403 forbidden');
    const other = { ...headers, ledger: 'other' };
    assert.equal(
      summaryOf(await gateway.call('GET', '/v1/currencies', { headers: other })),
      '404 ledger_not_found',
    );
  },
);
