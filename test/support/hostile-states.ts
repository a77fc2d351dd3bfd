import assert from 'node:assert/strict';
import type { Row } from './hostile-catalogue.ts';
import { each } from './hostile-values.ts';
import { nobody, pair, type World } from './hostile-world.ts';

const act = (world: World, id: string, verb: string, body: unknown = {}): Promise<string> =>
  world.say('POST', `/v1/transfers/${id}/${verb}`, { body });

async function makeHold(world: World, amount = 10): Promise<string> {
  const body = { ...pair, amount_minor: amount, hold: true };
  const headers = { 'idempotency-key': world.freshKey() };
  return String((await world.call('POST', '/v1/transfers', { body, headers })).json['id']);
}

/** Things in a state in which this can't be, and two who want the same. */
export const stateRows: readonly Row[] = [
  {
    of: 18,
    what: 'accounts that are closed or suspended',
    act: (w) => each(['closed', 'stopped'], (name) => w.transfer({ to: `ext:${name}` })),
    expect: ['422 account_closed', '422 account_suspended'],
  },
  {
    of: 18,
    what: 'a hold that ended, or is none',
    act: async (w) => [
      await act(w, w.ids.voided, 'settle'),
      await act(w, w.ids.voided, 'void'),
      await act(w, w.ids.moved, 'settle'),
      await act(w, w.ids.hold, 'settle', { amount_minor: 51 }),
    ],
    expect: [
      '409 hold_already_voided',
      '409 hold_already_voided',
      '409 not_a_hold',
      '422 exceeds_held_amount',
    ],
  },
  {
    of: 18,
    what: 'a hold that was settled',
    act: async (w) => {
      const hold = await makeHold(w);
      return each(['settle', 'settle', 'void'], (verb) => act(w, hold, verb));
    },
    expect: ['200', '409 hold_already_settled', '409 hold_already_settled'],
  },
  {
    of: 19,
    what: "another ledger's account is as one that is not there",
    act: (w) => each([w.ids.foreign, nobody, 'ext:foreign'], (to) => w.transfer({ to })),
    expect: '422 account_not_found',
  },
  {
    of: 43,
    what: 'a key for something else',
    act: async (w) => {
      const headers = { 'idempotency-key': w.freshKey() };
      const say = (body: unknown) => w.say('POST', '/v1/transfers', { body, headers });
      return [
        await say(pair),
        await say({ ...pair, amount_minor: 2 }),
        await say(`{ "currency":"USD", "amount_minor": 1, "to":"ext:b", "from":"ext:a" }`),
      ];
    },
    expect: ['201', '422 idempotency_key_reused', '201'],
  },
  {
    of: 44,
    what: 'a key in two ledgers',
    act: async (w) => {
      const key = w.freshKey();
      return each(['main', 'elsewhere'], (ledger) =>
        w.say('POST', '/v1/accounts', {
          body: { currency: 'USD' },
          headers: { ledger, 'idempotency-key': key },
        }),
      );
    },
    expect: '201',
  },
  {
    of: 65,
    what: 'lines and colours in a text',
    act: (w) =>
      each(['a\r\nb', '\u001b[31mred', '{"level":60}'], (description) => w.transfer({ description })),
    expect: '201',
  },
  {
    of: 70,
    what: 'what was written is read',
    act: async (w) => {
      const before = await w.call('GET', '/v1/accounts/ext:b/balance');
      await w.transfer({ amount_minor: 3 });
      const after = await w.call('GET', '/v1/accounts/ext:b/balance');
      return String(BigInt(Number(after.json['version'])) - BigInt(Number(before.json['version'])));
    },
    expect: '1',
  },
  {
    of: 71,
    what: 'reversals of reversals, twice, and of more',
    act: async (w) => {
      const headers = { 'idempotency-key': w.freshKey() };
      const made = await w.call('POST', `/v1/transfers/${w.ids.moved}/reverse`, { body: {}, headers });
      return [
        String(made.status),
        await act(w, String(made.json['id']), 'reverse'),
        await act(w, w.ids.moved, 'reverse'),
        await act(w, w.ids.moved, 'reverse', { amount_minor: 1 }),
      ];
    },
    expect: ['201', '409 not_reversible', '409 already_reversed', '409 already_reversed'],
  },
  {
    of: 72,
    what: 'two settle one hold',
    act: async (w) => {
      const hold = await makeHold(w);
      const both = await Promise.all([act(w, hold, 'settle'), act(w, hold, 'settle')]);
      return both.toSorted();
    },
    expect: ['200', '409 hold_already_settled'],
  },
  {
    of: 71,
    what: 'two reverse one transfer',
    act: async (w) => {
      const headers = { 'idempotency-key': w.freshKey() };
      const { json } = await w.call('POST', '/v1/transfers', { body: pair, headers });
      const id = String(json['id']);
      const both = await Promise.all([act(w, id, 'reverse'), act(w, id, 'reverse')]);
      return both.toSorted();
    },
    expect: ['201', '409 already_reversed'],
  },
  {
    of: 72,
    what: 'one closes, one deposits',
    act: async (w) => {
      const { json } = await w.call('POST', '/v1/accounts', { body: { currency: 'USD' } });
      const path = `/v1/accounts/${String(json['id'])}`;
      const both = await Promise.all([
        w.say('PATCH', path, { body: { status: 'CLOSED' } }),
        w.say('POST', `${path}/deposits`, { body: { amount_minor: 1 } }),
      ]);
      return String(both.filter((answer) => answer.startsWith('20')).length);
    },
    expect: '1',
  },
  {
    of: 72,
    what: 'one settles, one voids',
    act: async (w) => {
      const hold = await makeHold(w);
      const both = await Promise.all([act(w, hold, 'settle'), act(w, hold, 'void')]);
      return String(both.filter((answer) => answer === '200').length);
    },
    expect: '1',
  },
  {
    of: 77,
    what: 'a projection that is not there',
    act: (w) => w.say('POST', '/v1/admin/projections/nothing/rebuild', { body: {} }),
    expect: '400 invalid_request {name}',
  },
  {
    of: 77,
    what: 'two rebuilds at once',
    act: async (w) => {
      const both = await Promise.all(
        [1, 2].map(() => w.say('POST', '/v1/admin/projections/balances/rebuild', { body: {} })),
      );
      return both.toSorted();
    },
    expect: ['202', '409 operation_running'],
  },
  {
    of: 66,
    what: 'webhooks to where nothing may be sent',
    act: (w) =>
      each(
        [
          'http://example.com/hook',
          'file:///etc/passwd',
          'gopher://example.com/',
          'https://127.0.0.1/',
          'https://[::1]/',
          'https://169.254.169.254/latest/meta-data',
          'https://2130706433/',
          'https://0x7f.1/',
          'https://user:secret@example.com/',
          'https://localhost/',
          'https://example.com:22/',
          'https://[::ffff:10.0.0.1]/',
        ],
        (url) => w.say('POST', '/v1/webhooks', { body: { url } }),
      ),
    expect: '422 webhook_url_refused /url',
  },
  {
    of: 'CSV formulas',
    what: 'a statement for a spreadsheet is text',
    act: async (w) => {
      for (const start of ['=', '+', '-', '@', '\t', '\r'])
        assert.equal(await w.transfer({ description: `${start}cmd()` }), '201');
      const { text } = await w.call('GET', '/v1/accounts/ext:b/statements?format=csv');
      return String(/(^|,)"?[=+@\t\r-][a-z]/im.test(text));
    },
    expect: 'false',
  },
];
