import assert from 'node:assert/strict';
import { test } from 'node:test';
import { summaryOf } from '../support/http.ts';
import { startProduct } from '../support/product.ts';

test('a statement comes as PDF, camt.053 or CSV, by its address or by what is accepted', async (t) => {
  const product = await startProduct(t);
  await product.open('payer');
  await product.open('shop', { name: 'The Shop' });
  await product.move('one', 'payer', 'shop', 12_345, { description: '=HYPERLINK("x")' });
  await product.move('two', 'shop', 'payer', 45);
  const path = '/v1/accounts/ext:shop/statements';
  const files: [string, string, RegExp][] = [
    ['pdf', 'application/pdf', /^%PDF-1\.7/],
    ['camt.053', 'application/xml', /<Cd>CLBD<\/Cd>.*?<Amt Ccy="USD">123\.00<\/Amt><CdtDbtInd>CRDT</],
    ['csv', 'text/csv', /"'=HYPERLINK\(""x""\)"/],
  ];
  for (const [format, type, content] of files) {
    const asked = await product.get(`${path}?format=${format}`);
    const accepted = await product.call('GET', path, { headers: { accept: type } });
    for (const answer of [asked, accepted]) {
      assert.equal(answer.status, 200, answer.text);
      assert.ok(answer.headers.get('content-type')?.startsWith(type), format);
      assert.match(
        answer.headers.get('content-disposition') ?? '',
        /^attachment; filename="statement\.\w+"$/,
      );
      assert.match(answer.text, content);
    }
  }
  const both = await product.get(`${path}?format=camt.053`);
  assert.equal([...both.text.matchAll(/<Ntry>/g)].length, 2);
  const none = await product.get(`${path}?format=camt.053&to=2026-01-01T00:00:00Z`, 200);
  assert.match(none.text, /<NbOfNtries>0<\/NbOfNtries>/);
  await product.call('POST', '/v1/currencies', { body: { code: 'POINTS', scale: 0 } });
  await product.open('loyalty', { currency: 'POINTS' });
  const rows: [string, string][] = [
    ['/v1/accounts/ext:loyalty/statements?format=camt.053', '422 statement_not_in_camt'],
    [`${path}?format=mt940`, '400 invalid_request ?format'],
    ['/v1/accounts/ext:nobody/statements?format=pdf', '404 account_not_found'],
  ];
  for (const [address, expected] of rows)
    assert.equal(summaryOf(await product.call('GET', address)), expected);
  const refused = await product.call('GET', path, { headers: { accept: 'image/png' } });
  assert.equal(summaryOf(refused), '406 not_acceptable');
});

test('a long statement comes whole, to a key of its ledger alone, however it is asked for', async (t) => {
  const product = await startProduct(t);
  const from = await product.open('from');
  await product.open('to');
  for (let batch = 0; batch < 5; batch += 1) {
    const transfers = Array.from({ length: 1000 }, (_, i) => ({
      from,
      to: 'ext:to',
      amount_minor: 1,
      currency: 'USD',
      idempotencyKey: `${batch}-${i}`,
    }));
    const done = await product.call('POST', '/v1/transfers/batch', {
      body: { mode: 'atomic', transfers },
      headers: { 'idempotency-key': `batch-${batch}` },
    });
    assert.equal(done.json['posted'], 1000, done.text.slice(0, 500));
  }
  const key = { name: 'reader', scopes: ['read'], ledgers: ['main'] };
  const made = await product.call('POST', '/v1/api-keys', { body: key });
  const authorization = `Bearer ${String(made.json['key'])}`;
  const path = '/v1/accounts/ext:to/statements';
  const read = (query: string) =>
    product.call('GET', `${path}?${query}`, { headers: { authorization } });
  for (const strength of ['', '&consistency=strong']) {
    const csv = await read(`format=csv${strength}`);
    assert.equal(csv.text.trim().split('\r\n').length, 5001);
    const camt = await read(`format=camt.053${strength}`);
    assert.equal([...camt.text.matchAll(/<Ntry>/g)].length, 5000);
    const pdf = await read(`format=pdf${strength}`);
    assert.match(pdf.text.slice(-50), /%%EOF/);
  }
});
