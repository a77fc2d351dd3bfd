const digits = /^-?\d+$/;

/**
 * Reads an answer whose amounts are texts of digits (`Prefer: amounts=string`): fields that end in `_minor`, and
 * `units` of an event's money, become bigints. Metadata stays as it is, whatever its fields are called.
 */
export function parseAnswer(text: string): unknown {
  return revive(JSON.parse(text), '');
}

function revive(value: unknown, name: string): unknown {
  if (typeof value === 'string') return isAmount(name) && digits.test(value) ? BigInt(value) : value;
  if (typeof value !== 'object' || value === null || name === 'metadata') return value;
  if (Array.isArray(value)) return value.map((item) => revive(item, name));
  return Object.fromEntries(Object.entries(value).map(([field, item]) => [field, revive(item, field)]));
}

function isAmount(name: string): boolean {
  return name.endsWith('_minor') || name === 'units';
}

/**
 * Writes a request: a bigint as an integer where JSON can say it exactly, else as a text of digits.
 * @throws {RangeError} for an amount that is a fraction or has lost digits already.
 */
export function writeBody(body: object): string {
  return JSON.stringify(body, (name, value: unknown) => {
    if (typeof value === 'bigint')
      return Number.isSafeInteger(Number(value)) ? Number(value) : `${value}`;
    if (typeof value === 'number' && name.endsWith('_minor')) requireExact(name, value);
    return value;
  });
}

/** @throws {RangeError} for an amount that is a fraction or has lost digits already. */
export function requireExact(name: string, value: number): void {
  if (!Number.isSafeInteger(value))
    throw new RangeError(
      `${name} is ${value}: amounts are whole minor units; use a bigint beyond 2^53-1`,
    );
}
