import { isoScale } from '@credit-ledger/contract/currencies.ts';
import { formatTime } from '@credit-ledger/contract/times.ts';
import type { ClientBase } from 'pg';
import type { Account, Entry, Line } from '../ledger/state.ts';
import { beginExport, readJournal } from './export-journal.ts';

/** What reads the text: hledger and ledger-cli share a syntax, beancount has its own. */
export type PlainTextFormat = 'hledger' | 'ledger' | 'beancount';

const rootOf = {
  ASSET: 'Assets',
  LIABILITY: 'Liabilities',
  EQUITY: 'Equity',
  INCOME: 'Income',
  EXPENSE: 'Expenses',
} as const;

/**
 * The journal for plain-text accounting: debits are positive, amounts in major units with the currency's
 * digits, dates those on which entries count (UTC). Accounts are named `<class>:A<id>`, since the three
 * programs agree on little else; their own names are in comments.
 * @throws {NoSuchLedger}
 */
export async function* exportPlainText(
  db: ClientBase,
  name: string,
  format: PlainTextFormat,
): AsyncGenerator<string> {
  const begin = await beginExport(db, name);
  const scales = await readScales(db);
  const writer = new PlainTextWriter(format, (code) => scales.get(code) ?? isoScale(code) ?? 2);
  yield writer.begin(name);
  for await (const parts of readJournal(db, begin)) {
    let text = '';
    for (const part of parts)
      text += part.kind === 'account' ? writer.open(part.account) : writer.entry(part.entry);
    yield text;
  }
  await db.query('commit');
}

async function readScales(db: ClientBase): Promise<Map<string, number>> {
  const { rows } = await db.query<{ code: string; scale: number }>(
    'select code, scale from ledger.currencies',
  );
  return new Map(rows.map(({ code, scale }) => [code, scale]));
}

class PlainTextWriter {
  readonly #format: PlainTextFormat;
  readonly #scaleOf: (currency: string) => number;
  readonly #names = new Map<string, string>();

  constructor(format: PlainTextFormat, scaleOf: (currency: string) => number) {
    this.#format = format;
    this.#scaleOf = scaleOf;
  }

  begin(ledger: string): string {
    if (this.#format !== 'beancount') return `; The journal of the ledger ${ledger}\n\n`;
    return `; The journal of the ledger ${ledger}\noption "title" "${ledger}"\n\n`;
  }

  /** Entries may count long before the account was opened, so it is open from the first day there is. */
  open({ settings }: Account): string {
    const name = `${rootOf[settings.type]}:A${settings.id}`;
    this.#names.set(settings.id, name);
    const known = oneLine(settings.name ?? settings.externalId ?? '');
    const comment = known === '' ? '' : `  ; ${known}`;
    if (this.#format === 'beancount')
      return `${comment === '' ? '' : `${comment.trim()}\n`}1700-01-01 open ${name} ${this.#code(settings.currency)}\n`;
    return `account ${name}${this.#format === 'hledger' ? comment : ''}\n`;
  }

  entry({ number, effectiveAt, description, id, lines }: Entry): string {
    const date = formatTime(effectiveAt).slice(0, 10);
    const text = oneLine(description ?? '');
    const head =
      this.#format === 'beancount'
        ? `${date} * "${text.replaceAll(/["\\]/g, "'")}"\n  entry: "${number}"\n  entry_id: "${id}"\n`
        : `${date} * (${number}) ${text === '' ? 'entry' : text.replaceAll(';', ',').replaceAll('|', '/')}\n    ; entry_id: ${id}\n`;
    return `\n${head}${lines.map((line) => this.#posting(line)).join('')}`;
  }

  #posting({ account, side, amount, currency }: Line): string {
    const name = this.#names.get(account) ?? `Equity:A${account}`;
    const signed = side === 'DEBIT' ? amount : -amount;
    return `    ${name}  ${decimal(signed, this.#scaleOf(currency))} ${this.#code(currency)}\n`;
  }

  /** A code with digits needs quotes where quotes are known. */
  #code(currency: string): string {
    return this.#format === 'beancount' || /^[A-Z]+$/.test(currency) ? currency : `"${currency}"`;
  }
}

/** Minor units with a point. */
function decimal(amount: bigint, scale: number): string {
  const sign = amount < 0n ? '-' : '';
  const digits = String(amount < 0n ? -amount : amount).padStart(scale + 1, '0');
  if (scale === 0) return `${sign}${digits}`;
  return `${sign}${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
}

function oneLine(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ').trim();
}
