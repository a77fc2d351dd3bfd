const digits = /^-?\d+$/;

/**
 * Reads an answer whose amounts are texts of digits (`Prefer: amounts=string`): fields that end in `_minor`, and
 * `units` of an event's money, become bigints. Metadata stays as it is, whatever its fields are called.
 */
export function parseAnswer(text: string): unknown {
  const answer: unknown = JSON.parse(text);
  revive(answer);
  return answer;
}

/** In place: an answer to a batch has tens of thousands of fields. */
function revive(value: unknown): void {
  if (Array.isArray(value)) for (const item of value) revive(item);
  else if (isFields(value)) for (const name of Object.keys(value)) reviveField(value, name);
}

function reviveField(fields: Record<string, unknown>, name: string): void {
  const field = fields[name];
  if (typeof field === 'string' && isAmount(name) && digits.test(field)) fields[name] = BigInt(field);
  else if (name !== 'metadata') revive(field);
}

function isFields(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function isAmount(name: string): boolean {
  return name.endsWith('_minor') || name === 'units';
}

/**
 * Writes a request: a bigint as an integer where JSON can say it exactly, else as a text of digits. By hand, because
 * `JSON.stringify` with a replacer takes several times as long, which a batch shows.
 * @throws {RangeError} for an amount that is a fraction or has lost digits already.
 */
export function writeBody(body: object): string {
  return writeValue('', body) ?? '{}';
}

function writeValue(name: string, value: unknown): string | undefined {
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? `${value}` : `"${value}"`;
  if (typeof value === 'number' && name.endsWith('_minor')) requireExact(name, value);
  if (typeof value !== 'object' || value === null || value instanceof Date) return JSON.stringify(value);
  if (Array.isArray(value))
    return `[${value.map((item) => writeValue(name, item) ?? 'null').join(',')}]`;
  let text = '';
  for (const [field, item] of Object.entries(value)) {
    const written = writeValue(field, item);
    if (written !== undefined) text += `${text === '' ? '' : ','}${JSON.stringify(field)}:${written}`;
  }
  return `{${text}}`;
}

/** @throws {RangeError} for an amount that is a fraction or has lost digits already. */
export function requireExact(name: string, value: number): void {
  if (!Number.isSafeInteger(value))
    throw new RangeError(
      `${name} is ${value}: amounts are whole minor units; use a bigint beyond 2^53-1`,
    );
}
