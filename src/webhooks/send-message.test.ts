import assert from 'node:assert/strict';
import { createServer, type RequestListener } from 'node:http';
import { test, type TestContext } from 'node:test';
import { listenFor } from '../../test/support/receiver.ts';
import { addressSet } from './public-address.ts';
import { sendMessage, type LookUp, type SendOptions } from './send-message.ts';

const here = { allowHttp: true, allowed: addressSet(['127.0.0.1']) };

const listen = (t: TestContext, handle: RequestListener): Promise<number> =>
  listenFor(t, createServer(handle));

const send = (url: string, options: Partial<SendOptions> = {}) =>
  sendMessage(
    { url, headers: { 'x-one': '1' }, body: '{}' },
    { rules: here, timeoutMs: 5000, ...options },
  );

/** A name that has these addresses. */
const named =
  (...addresses: string[]): LookUp =>
  (_name, _options, callback) =>
    callback(
      null,
      addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
    );

test('a name that leads to a private address is refused at the connection, whatever it was before', async (t) => {
  const port = await listen(t, () => assert.fail('nothing may arrive'));
  const rules = { allowHttp: true, allowed: addressSet([]) };
  for (const address of ['127.0.0.1', '169.254.169.254', '::1', '::ffff:127.0.0.1', '10.0.0.1']) {
    const reply = await send(`http://rebound.example:${port}/`, { rules, lookUp: named(address) });
    const error = `the host has the address ${address}, which is private or special`;
    assert.deepEqual(reply, { kind: 'failed', error });
  }
});

test('of several addresses only those are connected to that may be', async (t) => {
  const port = await listen(t, (request, response) => response.end(String(request.headers.host)));
  const reply = await send(`http://both.example:${port}/`, { lookUp: named('10.0.0.1', '127.0.0.1') });
  assert.ok(reply.kind === 'answered');
  assert.deepEqual([reply.status, reply.response], [200, `both.example:${port}`]);
});

test('a redirect is an answer, and nobody follows it', async (t) => {
  let requests = 0;
  const port = await listen(t, (_request, response) => {
    requests += 1;
    response.writeHead(307, { location: '/elsewhere', 'retry-after': '7' }).end();
  });
  const reply = await send(`http://127.0.0.1:${port}/`);
  assert.deepEqual(reply, { kind: 'answered', status: 307, retryAfter: '7', response: '' });
  assert.equal(requests, 1);
});

test('an answer without end is cut off, and of a long one the first bytes are kept', async (t) => {
  const port = await listen(t, (_request, response) => {
    const more = (): void => {
      while (response.write('x\u0000y'.repeat(1000)));
      response.once('drain', more);
    };
    more();
  });
  const reply = await send(`http://127.0.0.1:${port}/`);
  assert.ok(reply.kind === 'answered');
  assert.equal(reply.response, 'x\uFFFDy'.repeat(1000).slice(0, 1024));
});

test('an answer that does not come, comes slowly or is none at all fails, and says why', async (t) => {
  const silent = await listen(t, () => {});
  const slow = await listen(t, (_request, response) => void response.writeHead(200).write('x'));
  const huge = await listen(t, (_request, response) => {
    response.writeHead(200, { 'x-huge': 'x'.repeat(20_000) }).end();
  });
  for (const port of [silent, slow]) {
    const reply = await send(`http://127.0.0.1:${port}/`, { timeoutMs: 200 });
    assert.deepEqual(reply, { kind: 'failed', error: 'there was no whole answer in 200 ms' });
  }
  assert.match(JSON.stringify(await send(`http://127.0.0.1:${huge}/`)), /Header overflow/);
  const gone = createServer();
  const left = await listenFor(t, gone);
  await new Promise((resolve) => gone.close(resolve));
  assert.match(JSON.stringify(await send(`http://127.0.0.1:${left}/`)), /ECONNREFUSED/);
  const reply = await send('http://gone.example/', {
    lookUp: (_name, _options, callback) => callback(new Error('ENOTFOUND gone.example'), []),
  });
  assert.deepEqual(reply, { kind: 'failed', error: 'ENOTFOUND gone.example' });
});

test('a URL that was refused when it was given is refused again when it is used', async () => {
  const reply = await send('http://10.0.0.1/');
  const error = 'the URL must not lead to a private or special address';
  assert.deepEqual(reply, { kind: 'failed', error });
});
