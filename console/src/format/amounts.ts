const formats = new Map<number, Intl.NumberFormat>();

function formatOf(scale: number): Intl.NumberFormat {
  const format =
    formats.get(scale) ??
    new Intl.NumberFormat(undefined, { minimumFractionDigits: scale, maximumFractionDigits: scale });
  formats.set(scale, format);
  return format;
}

/** Digits with a point where the currency has it: 1234 at scale 2 is `12.34`. Exact at any size. */
export function toDecimal(minor: bigint, scale: number): `${number}` {
  const digits = (minor < 0n ? -minor : minor).toString().padStart(scale + 1, '0');
  const whole = digits.slice(0, digits.length - scale);
  const text = scale === 0 ? digits : `${whole}.${digits.slice(-scale)}`;
  // What is made of digits and one point is a number as a text.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  return `${minor < 0n ? '-' : ''}${text}` as `${number}`;
}

/** An amount as the reader's locale writes it, with a true minus. */
export function formatAmount(minor: bigint, scale: number): string {
  return formatOf(scale).format(toDecimal(minor, scale)).replace('-', '−');
}

/** The same, shortened where it is long: `1.2M`. */
export function formatShort(minor: bigint, scale: number): string {
  const value = Number(minor) / 10 ** scale;
  if (Math.abs(value) < 100_000) return formatAmount(minor, scale);
  const format = new Intl.NumberFormat(undefined, { notation: 'compact', maximumSignificantDigits: 4 });
  return format.format(value).replace('-', '−');
}

const separator = new Intl.NumberFormat().formatToParts(1.5).find(({ type }) => type === 'decimal');

/**
 * Reads what somebody typed: digits, group marks and one decimal mark, of the locale or a point.
 * @returns minor units, or a sentence on what is wrong
 */
export function parseAmount(text: string, scale: number, currency: string): bigint | string {
  const mark = separator?.value ?? '.';
  const group = mark === ',' ? '.' : ',';
  const plain = text
    .trim()
    .replace('−', '-')
    .replaceAll(/[\s’' ]/g, '');
  if (plain === '') return 'Enter an amount.';
  const bare =
    plain.includes(mark) || !isDecimal(plain, group, scale) ? plain.replaceAll(group, '') : plain;
  const found = /^(-?)(\d*)(?:[.,](\d*))?$/.exec(bare);
  const [, sign = '', whole = '', fraction = ''] = found ?? [];
  if (found === null || whole + fraction === '') return 'Use digits and one decimal mark.';
  if (fraction.length > scale)
    return scale === 0 ? `${currency} has no decimals.` : `${currency} has ${scale} decimals.`;
  return BigInt(`${sign}${whole}${fraction.padEnd(scale, '0')}`);
}

/** Whether the other locales' mark can only be meant as a decimal one. */
function isDecimal(text: string, group: string, scale: number): boolean {
  const parts = text.split(group);
  return parts.length === 2 && (parts[1]?.length ?? 0) <= scale && parts[1]?.length !== 3;
}

/** As it is typed: no group marks. */
export function toInput(minor: bigint | null | undefined, scale: number): string {
  return minor === null || minor === undefined ? '' : toDecimal(minor, scale);
}
