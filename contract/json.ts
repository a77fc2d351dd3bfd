/** A number literal that is not a plain integer within 2^53-1, such as `1.0`, `1e3` or `9007199254740993`. */
export class NumberLiteral {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

/** JSON text that goes into an answer as it is (canonical metadata, a stored answer). */
export class JsonText {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

/** A part of an answer that is made when it is written: what nobody asks for costs nothing. */
export class LateJson {
  readonly make: () => Json;
  constructor(make: () => Json) {
    this.make = make;
  }
}

/**
 * What an answer is made of. A `bigint` is an amount of minor units (and only amounts are bigints),
 * an absent field is left out.
 */
export type Json =
  | string
  | number
  | bigint
  | boolean
  | null
  | JsonText
  | LateJson
  | readonly Json[]
  | JsonObject;
export interface JsonObject {
  readonly [field: string]: Json | undefined;
}

/**
 * Writes JSON with exact integers, fields in their given order.
 * @param amountsAsText answers amounts as strings of digits, for parsers that round beyond 2^53.
 */
export function stringifyJson(value: Json, amountsAsText = false): string {
  if (typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'bigint') return amountsAsText ? `"${value}"` : value.toString();
  return typeof value === 'object' ? stringifyObject(value, amountsAsText) : String(value);
}

function isList(value: readonly Json[] | JsonObject): value is readonly Json[] {
  return Array.isArray(value);
}

function stringifyObject(
  value: null | JsonText | LateJson | readonly Json[] | JsonObject,
  amountsAsText: boolean,
): string {
  if (value === null) return 'null';
  if (value instanceof JsonText) return value.text;
  if (value instanceof LateJson) return stringifyJson(value.make(), amountsAsText);
  if (isList(value)) return `[${value.map((item) => stringifyJson(item, amountsAsText)).join(',')}]`;
  let text = '';
  for (const field in value) {
    const item = value[field];
    if (item !== undefined)
      text += `${text === '' ? '' : ','}"${field}":${stringifyJson(item, amountsAsText)}`;
  }
  return `{${text}}`;
}

/**
 * Reads JSON that this product wrote itself: integers in fields that end in `_minor` become bigints again,
 * metadata becomes its canonical text.
 */
export function parseAnswer(text: string): Json {
  const parsed: unknown = JSON.parse(
    text,
    (field: string, value: unknown, context?: { source?: string }) => {
      if (field === 'metadata') return new JsonText(canonicalJson(value));
      // A fraction can only stand inside metadata, where a field may be called anything.
      if (typeof value !== 'number' || !Number.isInteger(value) || !field.endsWith('_minor'))
        return value;
      return BigInt(context?.source ?? value);
    },
  );
  if (!isJson(parsed)) throw new Error('JSON is always a value');
  return parsed;
}

function isJson(value: unknown): value is Json {
  return value !== undefined;
}

/** Whether an answer is an object with fields. */
export function isJsonObject(value: Json): value is JsonObject {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  return !(value instanceof JsonText || value instanceof LateJson);
}

/**
 * Canonical JSON (RFC 8785): fields sorted by UTF-16 code units, no white space, numbers as ECMAScript
 * writes them. Undefined fields are left out; bigints are written as integers.
 */
export function canonicalJson(value: unknown): string {
  if (typeof value === 'bigint') return value.toString();
  if (value instanceof NumberLiteral) return JSON.stringify(Number(value.text));
  if (value instanceof JsonText) return value.text;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  const fields = Object.entries(value).filter(([, item]) => item !== undefined);
  if (fields.length > 1) fields.sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${fields.map(([field, item]) => `${JSON.stringify(field)}:${canonicalJson(item)}`).join(',')}}`;
}
