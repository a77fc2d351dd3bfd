import { createRequire } from 'node:module';
import type { Readable } from 'node:stream';
import { setImmediate as yieldTurn, setTimeout as pause } from 'node:timers/promises';
import type { StatementLineOut } from '@credit-ledger/contract/statements.ts';
import PdfFile from 'pdfkit';
import { readableAmount } from './amount-text.ts';
import type { WholeStatement } from './whole-statement.ts';

const require = createRequire(import.meta.url);
/** For text beyond the Latin letters that every reader of PDF has a font for. */
const wideFont = 'dejavu-fonts-ttf/ttf/DejaVuSans.ttf';
const latin = /^[\u0020-\u007e\u00a0-\u00ff]*$/;

const margin = 40;
const rowHeight = 14;
const firstTop = 196;
const laterTop = 62;
const bottom = 790;
const firstRows = Math.floor((bottom - firstTop) / rowHeight);
const laterRows = Math.floor((bottom - laterTop) / rowHeight);

/** Where columns begin and end, in points of an A4 page. */
const columns = {
  date: { x: margin, width: 62, align: 'left', title: 'Date' },
  entry: { x: 102, width: 52, align: 'right', title: 'Entry' },
  text: { x: 164, width: 156, align: 'left', title: 'Description' },
  debit: { x: 320, width: 75, align: 'right', title: 'Debit' },
  credit: { x: 395, width: 75, align: 'right', title: 'Credit' },
  balance: { x: 470, width: 85, align: 'right', title: 'Balance' },
} as const;

/** What a slow reader leaves unread before writing waits for it. */
const unreadBytesMax = 1_000_000;
const unreadPauseMs = 5;

type Cell = { readonly x: number; readonly width: number; readonly align: 'left' | 'right' };

/**
 * The statement as PDF: text that can be searched, amounts in the currency's own digits, every page numbered. Pages are
 * written as they are filled, so memory is bounded whatever its length.
 * @param now milliseconds since 1970
 */
export function writePdf(statement: WholeStatement, now: number): Readable {
  const document = new PdfFile({
    size: 'A4',
    margin: 0,
    lang: 'en',
    pdfVersion: '1.7',
    displayTitle: true,
    info: {
      Title: `Statement of account ${statement.account.externalId ?? statement.account.id}`,
      Producer: 'credit-ledger',
      CreationDate: new Date(now),
    },
  });
  writeAll(document, statement).then(
    () => document.end(),
    (error: unknown) => document.destroy(error instanceof Error ? error : new Error(String(error))),
  );
  return document;
}

async function writeAll(document: PDFKit.PDFDocument, statement: WholeStatement): Promise<void> {
  const lineCount = statement.debitCount + statement.creditCount;
  const pageCount = 1 + Math.ceil(Math.max(0, lineCount - firstRows) / laterRows);
  let page = 1;
  let row = 0;
  writeTop(document, statement);
  writePageHead(document, statement, page, pageCount);
  for await (const lines of statement.pages()) {
    for (const line of lines) {
      if (row === (page === 1 ? firstRows : laterRows)) {
        // A page takes milliseconds; other requests have their turn between two.
        await yieldTurn();
        document.addPage();
        [page, row] = [page + 1, 0];
        writePageHead(document, statement, page, pageCount);
      }
      writeLine(document, statement, line, topOf(page) + row * rowHeight);
      row += 1;
    }
    while (document.readableLength > unreadBytesMax && !document.destroyed) await pause(unreadPauseMs);
    if (document.destroyed) return;
  }
  if (lineCount === 0) write(document, columns.text, topOf(page), 'No entries in this period');
}

function topOf(page: number): number {
  return page === 1 ? firstTop : laterTop;
}

function writeTop(document: PDFKit.PDFDocument, statement: WholeStatement): void {
  const { account, scale, from, to, opening, closing, debits, credits } = statement;
  document.fontSize(18);
  write(document, { x: margin, width: 400, align: 'left' }, 36, 'Account statement', true);
  document.fontSize(9);
  const facts: [string, string][] = [
    ['Account', account.name ?? account.externalId ?? account.id],
    ['Number', account.externalId === null ? account.id : `${account.externalId} (${account.id})`],
    ['Ledger', account.ledger],
    ['Currency', account.currency],
    ['Period', `${dateTime(from)} to ${dateTime(to)} (UTC)`],
  ];
  for (const [index, [name, text]] of facts.entries()) {
    write(document, { x: margin, width: 60, align: 'left' }, 66 + index * 14, name);
    write(document, { x: margin + 62, width: 270, align: 'left' }, 66 + index * 14, text, true);
  }
  const sums: [string, bigint][] = [
    ['Opening balance', opening],
    ['Total debits', debits],
    ['Total credits', credits],
    ['Closing balance', closing],
  ];
  for (const [index, [name, sum]] of sums.entries()) {
    const isBold = name.endsWith('balance');
    const amount = readableAmount(sum, scale);
    write(document, { x: 380, width: 80, align: 'left' }, 66 + index * 14, name, isBold);
    write(document, { x: 455, width: 100, align: 'right' }, 66 + index * 14, amount, isBold);
  }
}

function writePageHead(
  document: PDFKit.PDFDocument,
  { account }: WholeStatement,
  page: number,
  pageCount: number,
): void {
  document.fontSize(8);
  const foot = 810;
  write(document, { x: margin, width: 400, align: 'left' }, foot, account.externalId ?? account.id);
  const number = `Page ${page} of ${pageCount}`;
  write(document, { x: 405, width: 150, align: 'right' }, foot, number);
  const top = topOf(page) - 18;
  for (const column of Object.values(columns)) write(document, column, top, column.title, true);
  document
    .moveTo(margin, top + 12)
    .lineTo(555, top + 12)
    .lineWidth(0.7)
    .strokeColor('#555')
    .stroke();
}

function writeLine(
  document: PDFKit.PDFDocument,
  { scale }: WholeStatement,
  line: StatementLineOut,
  top: number,
): void {
  write(document, columns.date, top, line.posted_at.slice(0, 10));
  write(document, columns.entry, top, String(line.entry_number));
  write(document, columns.text, top, line.description ?? '');
  const side = line.side === 'DEBIT' ? columns.debit : columns.credit;
  write(document, side, top, readableAmount(line.amount_minor, scale));
  write(document, columns.balance, top, readableAmount(line.balance_after_minor, scale));
}

/** One line of text in a cell; what is too long is cut and says so. */
function write(
  document: PDFKit.PDFDocument,
  { x, width, align }: Cell,
  top: number,
  text: string,
  isBold = false,
): void {
  const plain = text.replaceAll(/[\p{Cc}\p{Cs}\s]+/gu, ' ').trim();
  const font = isBold ? 'Helvetica-Bold' : 'Helvetica';
  document.font(latin.test(plain) ? font : require.resolve(wideFont)).fillColor('#111');
  const fitted = fit(document, plain, width);
  const left = align === 'right' ? x + width - document.widthOfString(fitted) : x;
  document.text(fitted, left, top, { lineBreak: false });
}

function fit(document: PDFKit.PDFDocument, text: string, width: number): string {
  if (document.widthOfString(text) <= width) return text;
  const characters = Array.from(text);
  while (characters.length > 0 && document.widthOfString(`${characters.join('')}...`) > width)
    characters.length -= Math.ceil(characters.length / 20);
  return `${characters.join('')}...`;
}

function dateTime(time: string): string {
  return time.slice(0, 16).replace('T', ' ');
}
