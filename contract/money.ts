import { z } from 'zod';

/** The largest and smallest amount: signed 64-bit minor units. */
export const amountMax = 2n ** 63n - 1n;
export const amountMin = -(2n ** 63n);

const digits = /^(0|[1-9][0-9]{0,18})$/;

/**
 * Reads an amount in minor units from JSON: an integer literal up to 2^53-1, or a string of digits up to
 * 2^63-1.
 * @returns the amount, or a sentence that says what is wrong with it.
 */
export function readAmount(value: unknown): bigint | string {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 && !Object.is(value, -0))
    return BigInt(value);
  if (typeof value !== 'string')
    return 'must be a whole number of minor units from 0 to 2^53-1, or a string of digits';
  if (/^[1-9][0-9]{19,}$/.test(value)) return 'must be at most 9223372036854775807';
  if (!digits.test(value))
    return 'must be digits only, without sign, fraction, exponent or leading zero';
  const amount = BigInt(value);
  return amount <= amountMax ? amount : 'must be at most 9223372036854775807';
}

function amountSchema(least: bigint, description: string) {
  return z
    .unknown()
    .transform((value, context): bigint => {
      const amount = readAmount(value);
      const wrong =
        typeof amount === 'string' ? amount : amount < least ? `must be at least ${least}` : '';
      if (typeof amount === 'bigint' && wrong === '') return amount;
      context.addIssue({ code: 'custom', message: value === undefined ? 'is required' : wrong });
      return z.NEVER;
    })
    .meta({
      description,
      anyOf: [
        { type: 'integer', minimum: Number(least), maximum: Number.MAX_SAFE_INTEGER },
        { type: 'string', pattern: '^(0|[1-9][0-9]{0,18})$' },
      ],
    });
}

/** An amount to move: 1 … 2^63-1 minor units. */
export const positiveAmount = amountSchema(
  1n,
  'Minor units, 1 to 2^63-1; beyond 2^53-1 as a string of digits',
);

/** An amount that may be zero: 0 … 2^63-1 minor units. */
export const anyAmount = amountSchema(
  0n,
  'Minor units, 0 to 2^63-1; beyond 2^53-1 as a string of digits',
);

/**
 * An amount in an answer: always the exact integer literal (a string of digits with `Prefer:
 * amounts=string`).
 */
export const amountOut = z
  .bigint()
  .meta({ type: 'integer', format: 'int64', description: 'Minor units' });

/** Whether a sum still fits 64 bits. */
export function fitsAmount(sum: bigint): boolean {
  return sum <= amountMax && sum >= amountMin;
}

/** An amount in a query: digits, up to 2^63-1 minor units. */
export const queryAmount = z
  .string()
  .transform((text, context): bigint => {
    const amount = readAmount(text);
    if (typeof amount === 'bigint') return amount;
    context.addIssue({ code: 'custom', message: amount });
    return z.NEVER;
  })
  .meta({ description: 'Minor units, as digits', pattern: '^(0|[1-9][0-9]{0,18})$' });
