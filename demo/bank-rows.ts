/** One transaction of the bank; amounts in minor units (hellers). */
export interface BankRow {
  readonly id: string;
  readonly account: string;
  /** The booking date, such as 1993-01-31. */
  readonly date: string;
  readonly isCredit: boolean;
  readonly operation: string;
  readonly amount: bigint;
  /** What the bank says the balance is after it. */
  readonly balance: bigint;
  readonly symbol: string;
  /** The partner's bank, two letters, or nothing. */
  readonly bank: string;
}

const header = 'trans_id;account_id;date;type;operation;amount;balance;k_symbol;bank;account';

/** Reads the file's text. @throws {Error} naming the first line that is not of the documented shape. */
export function readBankRows(text: string): BankRow[] {
  const [first = '', ...lines] = text.split(/\r?\n/);
  if (first.replaceAll('"', '') !== header) throw new Error(`the first line should be ${header}`);
  return lines.filter((line) => line !== '').map((line, index) => readRow(line, index + 2));
}

/** No field of this file holds a semicolon or a quote. */
function readRow(line: string, number: number): BankRow {
  const [id, account, date, type, operation, amount, balance, symbol, bank, partner, ...more] = line
    .replaceAll('"', '')
    .split(';');
  if (!id || !account || partner === undefined || more.length > 0)
    throw faultOf(number, 'should have ten fields');
  return {
    id,
    account,
    date: readDate(date ?? '', number),
    isCredit: readType(type ?? '', number),
    operation: operation ?? '',
    amount: readMinor(amount ?? '', number),
    balance: readMinor(balance ?? '', number),
    symbol: (symbol ?? '').trim(),
    bank: bank ?? '',
  };
}

function faultOf(number: number, what: string): Error {
  return new Error(`line ${number} ${what}`);
}

function readDate(text: string, number: number): string {
  const parts = /^(\d\d)(\d\d)(\d\d)$/.exec(text);
  if (parts === null) throw faultOf(number, `should have a date YYMMDD, not ${text}`);
  return `19${parts[1]}-${parts[2]}-${parts[3]}`;
}

function readType(text: string, number: number): boolean {
  if (!['PRIJEM', 'VYDAJ', 'VYBER'].includes(text))
    throw faultOf(number, `has the unknown type ${text}`);
  return text === 'PRIJEM';
}

/** Crowns with up to two decimals, digit by digit: a float would not keep every heller. */
function readMinor(text: string, number: number): bigint {
  const parts = /^(-?)(\d+)(?:\.(\d{1,2}))?$/.exec(text);
  if (parts === null) throw faultOf(number, `should have an amount, not ${text}`);
  const [, sign = '', crowns = '', hellers = ''] = parts;
  return BigInt(`${sign}${crowns}${hellers.padEnd(2, '0')}`);
}
