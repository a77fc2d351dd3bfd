/** Minor units as a decimal number with a point, such as `-1234.05`; no grouping. */
export function decimalText(minor: bigint, scale: number): string {
  const digits = String(minor < 0n ? -minor : minor).padStart(scale + 1, '0');
  const whole = digits.slice(0, digits.length - scale);
  const fraction = scale === 0 ? '' : `.${digits.slice(-scale)}`;
  return `${minor < 0n ? '-' : ''}${whole}${fraction}`;
}

/** The same for reading: thousands are set apart by commas. */
export function readableAmount(minor: bigint, scale: number): string {
  const [whole = '', fraction] = decimalText(minor, scale).split('.');
  const grouped = whole.replaceAll(/\B(?=(\d{3})+$)/g, ',');
  return fraction === undefined ? grouped : `${grouped}.${fraction}`;
}
