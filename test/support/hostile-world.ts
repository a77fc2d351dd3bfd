import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { summaryOf, type CallOptions, type TestAnswer } from './http.ts';
import type { Product } from './product.ts';
import { sendRaw } from './raw-http.ts';

export const most = '9223372036854775807';
export const nobody = randomUUID();

/** A book with what hostile requests speak of, and the ways to send them. */
export interface World {
  readonly url: string;
  readonly ids: Readonly<Record<'moved' | 'hold' | 'voided' | 'foreign' | 'entry', string>>;
  readonly keys: Readonly<Record<'admin' | 'reader' | 'revoked' | 'stranger', string>>;
  readonly call: (method: string, path: string, options?: CallOptions) => Promise<TestAnswer>;
  /** Status, code and pointers of a transfer from a to b with these fields. */
  readonly transfer: (fields: Record<string, unknown>) => Promise<string>;
  readonly say: (method: string, path: string, options?: CallOptions) => Promise<string>;
  /** A transfer's body as text, for what no serializer writes. */
  readonly text: (body: string | Uint8Array, headers?: Record<string, string>) => Promise<string>;
  readonly get: (path: string, headers?: Record<string, string>) => Promise<string>;
  /** A whole request by hand, with the administrator's key. */
  readonly raw: (head: string, body?: string) => Promise<string>;
  readonly bytes: (bytes: string) => Promise<string>;
  readonly freshKey: () => string;
}

export async function furnish(product: Product): Promise<World> {
  const { open, post, call, move, server } = product;
  for (const name of ['a', 'b', 'full', 'empty', 'source'])
    await open(name, { credit_limit_minor: name === 'empty' ? 0 : null });
  await open('euro', { currency: 'EUR' });
  for (const [name, status] of [
    ['closed', 'CLOSED'],
    ['stopped', 'SUSPENDED'],
  ]) {
    await open(String(name));
    assert.equal((await call('PATCH', `/v1/accounts/ext:${name}`, { body: { status } })).status, 200);
  }
  await post(
    '/v1/transfers',
    { ...pair, from: 'ext:source', to: 'ext:full', amount_minor: most },
    'fill',
  );
  const moved = await move('moved', 'a', 'b', 100);
  const hold = await move('hold', 'a', 'b', 50, { hold: true });
  const voided = await move('void', 'a', 'b', 50, { hold: true });
  await post(`/v1/transfers/${String(voided.json['id'])}/void`, {}, 'voided', 200);
  await post('/v1/ledgers', { name: 'elsewhere' }, 'elsewhere');
  const foreign = await call('POST', '/v1/accounts', {
    body: { currency: 'USD', external_id: 'foreign' },
    headers: { ledger: 'elsewhere' },
  });
  const key = async (name: string, scopes: string[], ledger = 'main') => {
    const made = await post('/v1/api-keys', { name, scopes, ledgers: [ledger] }, name);
    return { id: String(made.json['id']), key: String(made.json['key']) };
  };
  const revoked = await key('revoked', ['read']);
  assert.equal((await call('DELETE', `/v1/api-keys/${revoked.id}`)).status, 200);
  let count = 0;
  const freshKey = (): string => `hostile-${(count += 1)}`;
  const keyed = (options: CallOptions = {}): CallOptions => ({
    ...options,
    headers: { 'idempotency-key': freshKey(), ...options.headers },
  });
  const say: World['say'] = async (method, path, options) =>
    summaryOf(await call(method, path, method === 'GET' ? options : keyed(options)));
  return {
    url: server.url,
    call,
    say,
    freshKey,
    ids: {
      moved: String(moved.json['id']),
      entry: String(moved.json['entry_id']),
      hold: String(hold.json['id']),
      voided: String(voided.json['id']),
      foreign: String(foreign.json['id']),
    },
    keys: {
      admin: server.adminKey,
      reader: (await key('reader', ['read'])).key,
      stranger: (await key('stranger', ['read', 'write'], 'elsewhere')).key,
      revoked: revoked.key,
    },
    transfer: (fields) => say('POST', '/v1/transfers', { body: { ...pair, ...fields } }),
    text: (body, headers = {}) => say('POST', '/v1/transfers', { body, headers }),
    get: (path, headers = {}) => say('GET', path, { headers }),
    raw: (head, body = '') =>
      sendRaw(server.url, `${head}\r\nAuthorization: Bearer ${server.adminKey}\r\n\r\n${body}`),
    bytes: (bytes) => sendRaw(server.url, bytes),
  };
}

export const pair = { from: 'ext:a', to: 'ext:b', amount_minor: 1, currency: 'USD' };
