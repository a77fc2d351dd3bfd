// A bank's year in the shape of the real file (trans-1993.csv), whose figures are known because they are
// kept while it is written. It holds every kind of transaction, overdrafts, and balances rounded to 0.10.

/** The figures of a generated year; amounts in minor units. */
export interface BankYear {
  readonly text: string;
  readonly rows: number;
  readonly accounts: number;
  readonly credits: bigint;
  readonly debits: bigint;
  /** The account of the first row, and its balance at the end. */
  readonly account: string;
  readonly ends: bigint;
  readonly accountDays: number;
}

/** Type, operation and k_symbol of a row, as the file spells them. */
const kinds = [
  ['PRIJEM', 'VKLAD', ''],
  ['PRIJEM', 'PREVOD Z UCTU', ''],
  ['PRIJEM', 'PREVOD Z UCTU', 'DUCHOD'],
  ['PRIJEM', '', 'UROK'],
  ['VYDAJ', 'VYBER', ''],
  ['VYDAJ', 'VYBER', ' '],
  ['VYDAJ', 'VYBER', 'SLUZBY'],
  ['VYDAJ', 'VYBER', 'SANKC. UROK'],
  ['VYDAJ', 'VYBER KARTOU', ''],
  ['VYDAJ', 'PREVOD NA UCET', 'SIPO'],
  ['VYDAJ', 'PREVOD NA UCET', 'POJISTNE'],
  ['VYDAJ', 'PREVOD NA UCET', 'UVER'],
  ['VYBER', 'VYBER', ''],
] as const;

const header = [
  'trans_id',
  'account_id',
  'date',
  'type',
  'operation',
  'amount',
  'balance',
  'k_symbol',
  'bank',
  'account',
];
const banks = ['AB', 'CD', 'YZ'];

/** Makes a year of so many rows; the same seed makes the same year. */
export function makeBankYear({
  rows,
  accounts,
  seed,
}: {
  rows: number;
  accounts: number;
  seed: number;
}): BankYear {
  const random = createRandom(seed);
  const balances = new Map<string, bigint>();
  const days = new Set<string>();
  const lines = [header.map((name) => `"${name}"`).join(';')];
  let credits = 0n;
  let debits = 0n;
  for (let index = 0; index < rows; index += 1) {
    // The first rows name every account once, so that their number is known.
    const account = String(100 + (index < accounts ? index : random(accounts)));
    const date = dateOf(Math.floor((index * 365) / rows));
    const [type, operation, symbol] = kinds[random(kinds.length)] ?? kinds[0];
    const amount = BigInt(1 + random(500_000));
    const isCredit = type === 'PRIJEM';
    const balance = (balances.get(account) ?? 0n) + (isCredit ? amount : -amount);
    balances.set(account, balance);
    days.add(`${account} ${date}`);
    if (isCredit) credits += amount;
    else debits += amount;
    const partner = operation.startsWith('PREVOD')
      ? `"${banks[random(banks.length)]}";${random(99_999)}`
      : ';';
    const money = `${spell(amount)};${spell(roundToTenHellers(balance))}`;
    lines.push(
      `${1000 + index * 3};${account};${date};"${type}";"${operation}";${money};"${symbol}";${partner}`,
    );
  }
  const ends = balances.get('100') ?? 0n;
  const text = `${lines.join('\r\n')}\r\n`;
  return { text, rows, accounts, credits, debits, account: '100', ends, accountDays: days.size };
}

/** A linear congruential generator (Numerical Recipes' constants); answers a whole number below `limit`. */
function createRandom(seed: number): (limit: number) => number {
  let state = seed;
  return (limit) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * limit);
  };
}

function dateOf(day: number): string {
  return new Date(Date.UTC(1993, 0, 1 + day)).toISOString().slice(2, 10).replaceAll('-', '');
}

function roundToTenHellers(minor: bigint): bigint {
  return (minor / 10n) * 10n;
}

function spell(minor: bigint): string {
  const digits = String(minor < 0n ? -minor : minor).padStart(3, '0');
  return `${minor < 0n ? '-' : ''}${digits.slice(0, -2)}.${digits.slice(-2)}`;
}
