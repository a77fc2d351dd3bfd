import assert from 'node:assert/strict';
import { test } from 'node:test';
import { allScopes, type Scope } from '@credit-ledger/contract/api-keys.ts';

import { summaryOf, type TestAnswer } from '../support/http.ts';
import { startWithLedger } from '../support/gateway-with-ledger.ts';
import {
  absent,
  createKey,
  furnish,
  operations,
  sendSample,
  type Things,
} from '../support/route-samples.ts';

/** What was answered, with the things by their kinds and without what differs from try to try. */
function plain(answer: TestAnswer, things: Things): string {
  let text = `${answer.status} ${answer.text}`;
  for (const [kind, id] of Object.entries(things)) text = text.replaceAll(String(id), `<${kind}>`);
  return text
    .replaceAll(/"(transfer_id|id|key)":"[\w-]+"/g, '"$1":"?"')
    .replaceAll(/"(\w*position|number)":\d+/g, '"$1":0')
    .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, '<time>');
}

test('every route without a credential is 401, with each scope it is let in or 403', async (t) => {
  const gateway = await startWithLedger(t);
  const keys = new Map<Scope, string>();
  for (const scope of allScopes)
    keys.set(scope, (await createKey(gateway, [scope], 'main')).authorization);
  for (const operation of operations) {
    const { name, route } = operation;
    const stranger = { authorization: 'Bearer nobody-has-this-key' };
    assert.equal(
      summaryOf(await sendSample(gateway, operation, absent, stranger)),
      '401 unauthorized',
      name,
    );
    for (const [scope, authorization] of keys) {
      const answer = await sendSample(gateway, operation, absent, { authorization });
      const isLetIn = scope === 'admin' || route.scope === 'any' || scope === route.scope;
      if (isLetIn) assert.ok(![401, 403].includes(answer.status), `${name} ${scope} ${answer.text}`);
      else assert.equal(summaryOf(answer), '403 forbidden', `${name} ${scope}`);
    }
  }
});

test('what belongs to another ledger answers as what is not there, by every route', async (t) => {
  const gateway = await startWithLedger(t);
  const own = await furnish(gateway, 'own');
  const foreign = await furnish(gateway, 'foreign');
  const scopes = allScopes.filter((scope) => scope !== 'admin');
  const { authorization } = await createKey(gateway, scopes, own.ledger);
  for (const operation of operations) {
    if (operation.route.scope === 'admin') continue;
    const seen = await sendSample(gateway, operation, foreign, { authorization });
    const missing = await sendSample(gateway, operation, absent, { authorization });
    assert.equal(plain(seen, foreign), plain(missing, absent), operation.name);
    for (const [kind, id] of Object.entries(foreign)) {
      const echoes = JSON.stringify(operation.sample?.(foreign) ?? {}).includes(String(id));
      if (!echoes) assert.ok(!seen.text.includes(String(id)), `${operation.name} shows the ${kind}`);
    }
  }
  const named = await gateway.call('GET', '/v1/accounts', {
    headers: { authorization, ledger: foreign.ledger },
  });
  const none = await gateway.call('GET', '/v1/accounts', {
    headers: { authorization, ledger: absent.ledger },
  });
  assert.equal(plain(named, foreign), plain(none, absent));
  assert.equal(named.status, 404);
});

test('nothing of another ledger has changed by any of them', async (t) => {
  const gateway = await startWithLedger(t);
  const own = await furnish(gateway, 'own');
  const foreign = await furnish(gateway, 'foreign');
  const scopes = allScopes.filter((scope) => scope !== 'admin');
  const { authorization } = await createKey(gateway, scopes, own.ledger);
  const count = async (): Promise<unknown[]> => {
    const { rows } = await gateway.pool.query(
      `select a.id, a.version, a.revision, k.revoked_at, k.replaced_by, l.entry_count, w.updated_at
         from ledger.ledgers l join ledger.accounts a on a.ledger_id = l.id
         join ledger.api_keys k on k.ledgers = array[l.name] join webhooks.endpoints w on w.ledgers = array[l.name]
         where l.name = 'foreign' order by a.id`,
    );
    return rows;
  };
  const before = await count();
  assert.equal(before.length, 2);
  for (const operation of operations)
    if (operation.route.scope !== 'admin')
      await sendSample(gateway, operation, foreign, { authorization });
  assert.deepEqual(await count(), before);
});
