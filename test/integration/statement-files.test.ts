import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { test } from 'node:test';
import { z } from 'zod';
import { refuseCamt, writeCamt } from '../../src/statements/statement-camt.ts';
import { writePdf } from '../../src/statements/statement-pdf.ts';
import { longStatement } from '../support/long-statement.ts';

const now = Date.parse('2026-04-02T00:00:00Z');

async function read(pieces: AsyncIterable<string | Uint8Array>): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const piece of pieces) parts.push(Buffer.from(piece));
  return Buffer.concat(parts);
}

function run(program: string, parameters: string[], input?: Buffer): string {
  const options = { ...(input === undefined ? {} : { input }), maxBuffer: 100_000_000 };
  const { status, stdout, stderr, error } = spawnSync(program, parameters, options);
  assert.equal(status, 0, `${program}: ${String(error ?? stderr)}`);
  return stdout.toString('utf8');
}

const isThere = (program: string): boolean => spawnSync(program, ['--version']).error === undefined;
const whyNot = (...programs: string[]): string | false => {
  const absent = programs.filter((program) => !isThere(program));
  return absent.length > 0 && process.env['CI'] !== 'true' ? `needs ${absent.join(', ')}` : false;
};

test('a PDF has the text of every line, page after page', { skip: whyNot('pdftotext') }, async () => {
  const { statement } = longStatement(200);
  const text = run('pdftotext', ['-layout', '-', '-'], await read(writePdf(statement, now)));
  assert.match(text, /Account\s+Zoë <& Co>\s+Opening balance\s+0\.00/);
  assert.match(text, /customer-17 \(01a1ff2d-fa73-76bc-b31c-5651b7ece527\)/);
  assert.match(text, /Closing balance\s+201\.00/);
  for (let number = 1; number <= 200; number += 1)
    assert.match(
      text,
      new RegExp(`2026-03-01 +${number} +(Invoice|Счёт) ${number} +${(number / 100).toFixed(2)} `),
    );
  const pages = [...text.matchAll(/Page (\d) of (\d)/g)].map(([, page, of]) => `${page}/${of}`);
  assert.deepEqual(pages, ['1/5', '2/5', '3/5', '4/5', '5/5']);
  assert.equal([...text.matchAll(/Date +Entry +Description +Debit +Credit +Balance/g)].length, 5);
});

test('a PDF without lines says so', { skip: whyNot('pdftotext') }, async () => {
  const pdf = await read(writePdf(longStatement(0).statement, now));
  assert.match(run('pdftotext', ['-layout', '-', '-'], pdf), /No entries in this period[^]*Page 1 of 1/);
});

test('a reader that takes nothing is waited for: only so much of a long statement is made', async () => {
  const { statement, pagesRead } = longStatement(100_000);
  const pdf = writePdf(statement, now);
  pdf.once('readable', () => {});
  while (pdf.readableLength <= 1_000_000) await turn();
  const before = pagesRead();
  for (let turns = 0; turns < 500; turns += 1) await turn();
  assert.ok(pagesRead() <= before + 1 && before < 50, `${pagesRead()} of 50 pages were read for nobody`);
  assert.ok(pdf.readableLength < 3_000_000, `${pdf.readableLength} bytes wait`);
  pdf.destroy();
});

/** The schema of ISO 20022, as a module of Go brings it. */
const schemaModule = 'github.com/moov-io/iso20022@v0.2.1';
const schemaPath = 'docs/specifications/banktocustomer_cash_management_8/camt.053.001.08.xsd';
const downloaded = z.object({ Dir: z.string() });

function findGo(): string {
  return existsSync('/usr/local/go/bin/go') ? '/usr/local/go/bin/go' : 'go';
}

function fetchSchema(): string {
  const directory = mkdtempSync(join(tmpdir(), 'camt-'));
  try {
    const parameters = ['mod', 'download', '-json', schemaModule];
    const { stdout } = spawnSync(findGo(), parameters, { cwd: directory });
    return join(downloaded.parse(JSON.parse(String(stdout))).Dir, schemaPath);
  } finally {
    rmSync(directory, { recursive: true });
  }
}

const schemaSkip = isThere(findGo()) || process.env['CI'] === 'true' ? whyNot('xmllint') : 'needs go';

test('camt.053 is what the schema of ISO 20022 says', { skip: schemaSkip }, async () => {
  const schema = fetchSchema();
  const { statement } = longStatement(50);
  const { account } = statement;
  const odd = 'x\u0000\u0007 <b>&amp; ]]> \uFFFE ' + '😀'.repeat(200);
  const oddPages = async function* () {
    for await (const lines of statement.pages())
      yield lines.map((line, index) => ({
        ...line,
        side: index % 3 === 0 ? ('DEBIT' as const) : line.side,
        description: [odd, null, '', ' \u0001 '][index % 4] ?? null,
        transfer_id: index % 2 === 0 ? null : line.transfer_id,
      }));
  };
  const variants = [
    statement,
    longStatement(0).statement,
    { ...statement, pages: oddPages, opening: -5n, account: { ...account, name: odd } },
    { ...statement, closing: -7n, account: { ...account, normalSide: 'DEBIT' as const, name: null } },
    { ...statement, scale: 0, account: { ...account, currency: 'JPY', name: null, externalId: null } },
  ];
  for (const variant of variants) {
    assert.equal(refuseCamt(variant), undefined);
    run('xmllint', ['--noout', '--schema', schema, '-'], await read(writeCamt(variant, now)));
  }
});

test('camt.053 has balances, totals and every line, signed as the books are', async () => {
  const { statement } = longStatement(3);
  const xml = (await read(writeCamt({ ...statement, opening: -5n, closing: 1n }, now))).toString();
  const all = (pattern: RegExp) => [...xml.matchAll(pattern)].map((match) => match.slice(1).join(' '));
  assert.deepEqual(all(/<Cd>(..BD)<\/Cd>.*?<Amt Ccy="(\w+)">([\d.]+)<\/Amt><CdtDbtInd>(\w+)</g), [
    'OPBD EUR 0.05 DBIT',
    'CLBD EUR 0.01 CRDT',
  ]);
  assert.deepEqual(all(/<Ntry><NtryRef>(\d)<\/NtryRef><Amt Ccy="EUR">([\d.]+)<.*?Ind>(\w+)</g), [
    '1 0.01 CRDT',
    '2 0.02 CRDT',
    '3 0.03 CRDT',
  ]);
  assert.match(xml, /<TtlNtries><NbOfNtries>3<\/NbOfNtries><Sum>0\.06<\/Sum>/);
  assert.match(xml, /<Nm>Zoë &lt;&amp; Co&gt;<\/Nm>/);
});

test('what camt.053 has no place for is refused', () => {
  const { statement } = longStatement(1);
  const { account } = statement;
  const rows: [object, RegExp][] = [
    [{ account: { ...account, currency: 'POINTS' } }, /three letters/],
    [{ scale: 6 }, /5 decimal digits at most/],
    [{ closing: 10n ** 18n }, /18 digits at most/],
  ];
  for (const [change, reason] of rows)
    assert.match(refuseCamt({ ...statement, ...change }) ?? '', reason);
});
