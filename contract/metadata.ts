import { z } from 'zod';
import { isKeepable } from './ids.ts';
import { JsonText, NumberLiteral, canonicalJson } from './json.ts';

const keysMax = 50;
const bytesMax = 16 * 1024;
const numberMax = 2 ** 53;

/** Metadata as it is kept: canonical JSON text (RFC 8785) of an object with at most 50 keys and 16 KiB. */
export const metadataIn = z
  .unknown()
  .transform((value, context): JsonText => {
    const wrong = whatIsWrong(value);
    const text = wrong === undefined ? canonicalJson(value) : '';
    const size = Buffer.byteLength(text);
    if (wrong === undefined && size <= bytesMax) return new JsonText(text);
    context.addIssue({
      code: 'custom',
      message: wrong ?? `must be at most ${bytesMax} bytes, not ${size}`,
    });
    return z.NEVER;
  })
  .meta({
    type: 'object',
    additionalProperties: true,
    maxProperties: keysMax,
    description: 'Free fields: at most 50 keys and 16 KiB as canonical JSON; numbers up to 2^53',
  });

export const metadataOut = z.instanceof(JsonText).meta({ type: 'object', additionalProperties: true });

function isPlainObject(value: unknown): value is Record<string, unknown> {
  return (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    !(value instanceof NumberLiteral)
  );
}

function whatIsWrong(value: unknown): string | undefined {
  if (!isPlainObject(value)) return 'must be an object';
  const count = Object.keys(value).length;
  return count > keysMax ? `must have at most ${keysMax} keys, not ${count}` : whatIsWrongInside(value);
}

/** Up to 2^53, which 2^53 + 1 becomes too when read as a number: so at the edge the text itself counts. */
function isKeptExactly(value: number | NumberLiteral): boolean {
  const size = Math.abs(value instanceof NumberLiteral ? Number(value.text) : value);
  return size < numberMax || (value instanceof NumberLiteral && /^-?9007199254740992$/.test(value.text));
}

function whatIsWrongInside(value: unknown): string | undefined {
  if (typeof value === 'string')
    return isKeepable(value) ? undefined : 'must be well-formed Unicode without NUL';
  if (typeof value === 'number' || value instanceof NumberLiteral) {
    return isKeptExactly(value)
      ? undefined
      : 'must hold numbers up to 2^53 only; write larger ones as strings';
  }
  if (typeof value !== 'object' || value === null) return undefined;
  for (const [key, item] of Object.entries(value)) {
    const wrong = isKeepable(key) ? whatIsWrongInside(item) : 'must have well-formed keys without NUL';
    if (wrong !== undefined) return wrong;
  }
  return undefined;
}
