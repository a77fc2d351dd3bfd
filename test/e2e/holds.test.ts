import assert from 'node:assert/strict';
import { test } from 'node:test';
import { audit } from '../support/audit.ts';
import { rowsIn, summaryOf } from '../support/http.ts';
import { startProduct, until, type Product } from '../support/product.ts';

test('holds, their ends, and reversals', async (t) => {
  const product = await startProduct(t);
  for (const [name, work] of Object.entries(cases)) await t.test(name, () => work(product));
  assert.deepEqual(await audit(product.sql), []);
});

/** Two accounts, the first with 1,000 to spend, and a hold of 600 of it. */
async function hold(
  { open, post, move }: Product,
  name: string,
  terms: unknown = true,
): Promise<string> {
  await open(`${name}-payer`, { credit_limit_minor: 0 });
  await open(`${name}-shop`, { credit_limit_minor: 0 });
  await post(`/v1/accounts/ext:${name}-payer/deposits`, { amount_minor: 1000 }, `${name}-deposit`);
  const held = await move(`${name}-hold`, `${name}-payer`, `${name}-shop`, 600, { hold: terms });
  assert.equal(held.status, 201, held.text);
  assert.deepEqual(
    [held.json['status'], held.json['held_minor'], held.json['entry_id']],
    ['HELD', 600, null],
  );
  return String(held.json['id']);
}

async function bothAmounts({ amounts }: Product, name: string): Promise<unknown[][]> {
  return [await amounts(`${name}-payer`), await amounts(`${name}-shop`)];
}

async function endings(
  requests: readonly Promise<{ status: number; json: Record<string, unknown>; text: string }>[],
) {
  const answers = await Promise.all(requests);
  return answers
    .map(({ status, json }) => (status < 300 ? String(status) : `${status} ${String(json['code'])}`))
    .toSorted();
}

/** The ledger's own time, as it stamps what it makes. */
async function readClock({ call }: Product): Promise<string> {
  const { json } = await call('POST', '/v1/accounts', { body: { currency: 'USD' } });
  return String(json['created_at']);
}

const cases: Readonly<Record<string, (product: Product) => Promise<void>>> = {
  'a hold reserves at once and shows as incoming on the other side': async (product) => {
    await hold(product, 'reserve');
    assert.deepEqual(await bothAmounts(product, 'reserve'), [
      [1000, 600, 0, 400],
      [0, 0, 600, 0],
    ]);
    const more = await product.move('reserve-more', 'reserve-payer', 'reserve-shop', 401);
    assert.equal(summaryOf(more), '422 insufficient_funds');
    const spent = await product.move('reserve-spent', 'reserve-shop', 'reserve-payer', 1);
    assert.equal(summaryOf(spent), '422 insufficient_funds', 'incoming is never spendable');
  },
  'a settlement of a part releases the rest': async (product) => {
    const id = await hold(product, 'part');
    const { json } = await product.post(
      `/v1/transfers/${id}/settle`,
      { amount_minor: 250 },
      'part-settle',
      200,
    );
    assert.deepEqual([json['status'], json['held_minor'], json['settled_minor']], ['COMPLETED', 0, 250]);
    assert.deepEqual(await bothAmounts(product, 'part'), [
      [750, 0, 0, 750],
      [250, 0, 0, 250],
    ]);
  },
  'captures keep the rest while they say so, and each posts its entry': async (product) => {
    const id = await hold(product, 'capture');
    const settle = (body: object, key: string) =>
      product.post(`/v1/transfers/${id}/settle`, body, key, 200);
    const first = await settle({ amount_minor: 200, keep_remaining: true }, 'capture-1');
    assert.deepEqual([first.json['status'], first.json['held_minor']], ['HELD', 400]);
    await settle({ amount_minor: 150, keep_remaining: true }, 'capture-2');
    const released = await product.post(`/v1/transfers/${id}/void`, {}, 'capture-3', 200);
    assert.deepEqual([released.json['status'], released.json['settled_minor']], ['COMPLETED', 350]);
    const entries = await product.get(`/v1/entries?transfer_id=${id}`);
    assert.equal(rowsIn(entries, 'data').length, 2);
    assert.deepEqual(await bothAmounts(product, 'capture'), [
      [650, 0, 0, 650],
      [350, 0, 0, 350],
    ]);
  },
  'of two captures of everything at once one wins': async (product) => {
    const id = await hold(product, 'race');
    const settle = (key: string) =>
      product.call('POST', `/v1/transfers/${id}/settle`, {
        headers: { 'idempotency-key': key },
        body: {},
      });
    assert.deepEqual(await endings([settle('race-1'), settle('race-2')]), [
      '200',
      '409 hold_already_settled',
    ]);
    assert.deepEqual((await bothAmounts(product, 'race'))[1], [600, 0, 0, 600]);
  },
  'of a capture and a void at once one wins': async (product) => {
    const id = await hold(product, 'either');
    const end = (how: string) =>
      product.call('POST', `/v1/transfers/${id}/${how}`, {
        headers: { 'idempotency-key': `either-${how}` },
      });
    const [won, lost] = await endings([end('settle'), end('void')]);
    assert.equal(won, '200');
    assert.match(lost ?? '', /^409 hold_already_(settled|voided)$/);
  },
  'of a closing and a credit at once one wins': async (product) => {
    await product.open('closing');
    await product.open('closing-payer');
    const close = product.call('PATCH', '/v1/accounts/ext:closing', { body: { status: 'CLOSED' } });
    const results = await endings([
      close,
      product.move('closing-credit', 'closing-payer', 'closing', 5),
    ]);
    assert.ok(
      [
        ['200', '422 account_closed'],
        ['201', '409 account_not_empty'],
      ].some((pair) => String(pair) === String(results)),
      String(results),
    );
  },
  'a hold expires by itself, and then can not be settled': async (product) => {
    const id = await hold(product, 'expire', { expires_in_seconds: 1 });
    const state = async () => String((await product.get(`/v1/transfers/${id}`)).json['status']);
    await until(async () => (await state()) === 'EXPIRED', 'the hold expired');
    assert.deepEqual((await bothAmounts(product, 'expire'))[0], [1000, 0, 0, 1000]);
    const late = await product.call('POST', `/v1/transfers/${id}/settle`, {
      headers: { 'idempotency-key': 'expire-late' },
      body: {},
    });
    assert.equal(summaryOf(late), '409 hold_expired');
    const { rows } = await product.sql.query(
      'select type from ledger.events where key = $1 order by position',
      [id],
    );
    assert.deepEqual(
      rows.map((row: { type: string }) => row.type),
      ['TransferHeld', 'TransferExpired'],
    );
  },
  'at its very moment a hold is expired, asked for or not': async (product) => {
    const soon = new Date(Date.now() + 1500).toISOString();
    const id = await hold(product, 'moment', { expires_at: soon });
    await until(async () => (await readClock(product)) >= soon, 'the moment has come');
    const late = await product.call('POST', `/v1/transfers/${id}/settle`, {
      headers: { 'idempotency-key': 'moment-late' },
      body: {},
    });
    assert.equal(summaryOf(late), '409 hold_expired');
  },
  'a reversal in parts never exceeds the original, is linked both ways, and is itself final': async (
    product,
  ) => {
    await product.open('rev-a');
    await product.open('rev-b');
    const { json } = await product.move('rev', 'rev-a', 'rev-b', 100);
    const path = `/v1/transfers/${String(json['id'])}`;
    const reverse = (amount: number, key: string) =>
      product.call('POST', `${path}/reverse`, {
        body: { amount_minor: amount },
        headers: { 'idempotency-key': key },
      });
    const first = await reverse(60, 'rev-1');
    assert.deepEqual(
      [first.status, first.json['reverses'], first.json['from']],
      [201, json['id'], json['to']],
    );
    assert.equal(summaryOf(await reverse(41, 'rev-2')), '422 exceeds_reversible_amount');
    assert.deepEqual(await endings([reverse(40, 'rev-3'), reverse(40, 'rev-4')]), [
      '201',
      '409 already_reversed',
    ]);
    assert.equal((await product.get(path)).json['reversed_minor'], 100);
    const twice = await product.call('POST', `/v1/transfers/${String(first.json['id'])}/reverse`, {
      headers: { 'idempotency-key': 'rev-5' },
      body: {},
    });
    assert.equal(summaryOf(twice), '409 not_reversible');
    assert.deepEqual(await product.amounts('rev-a'), [0, 0, 0, 0]);
  },
  'a reversal obeys limits unless it is forced, and the entry says so': async (product) => {
    await product.open('force-a', { opening_balance_minor: 100, credit_limit_minor: 0 });
    await product.open('force-b', { credit_limit_minor: 0 });
    const { json } = await product.move('force', 'force-a', 'force-b', 100);
    await product.post('/v1/accounts/ext:force-b/withdrawals', { amount_minor: 100 }, 'force-out');
    const path = `/v1/transfers/${String(json['id'])}/reverse`;
    const polite = await product.call('POST', path, {
      body: {},
      headers: { 'idempotency-key': 'force-1' },
    });
    assert.equal(summaryOf(polite), '422 insufficient_funds');
    const forced = await product.post(path, { force: true }, 'force-2');
    const entry = await product.get(`/v1/entries/${String(forced.json['entry_id'])}`);
    assert.equal(entry.json['forced'], true);
    assert.deepEqual(await product.amounts('force-b'), [-100, 0, 0, -100]);
  },
};
