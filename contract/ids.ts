import { z } from 'zod';

const uuidShape = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const nil = '00000000-0000-0000-0000-000000000000';
const max = 'ffffffff-ffff-ffff-ffff-ffffffffffff';

/** Reads a UUID in its 36-character form (any case) to lower case; the nil and the max UUID are no ids. */
export function readId(text: string): string | undefined {
  const id = text.toLowerCase();
  return uuidShape.test(id) && id !== nil && id !== max ? id : undefined;
}

/** Text that PostgreSQL and every reader can keep: well-formed Unicode without NUL. */
export function isKeepable(text: string): boolean {
  return text.isWellFormed() && !text.includes('\u0000');
}

/** Text of `least` to `most` characters that can be kept as it is. */
export function textIn(least: number, most: number) {
  return z.string().min(least).max(most).refine(isKeepable, 'must be well-formed Unicode without NUL');
}

/** The id of a resource in a request: a UUID, normalised to lower case. */
export const idIn = z
  .string()
  .transform((text, context): string => {
    const id = readId(text);
    if (id !== undefined) return id;
    context.addIssue({ code: 'custom', message: 'must be a UUID' });
    return z.NEVER;
  })
  .meta({ format: 'uuid' });

export const idOut = z.string().meta({ format: 'uuid' });

const control = /\p{Cc}/u;

/** A business's own id for a record: 1 to 255 characters without control characters. */
export const externalIdIn = textIn(1, 255)
  .refine((text) => !control.test(text), 'must not hold control characters')
  .meta({ description: "The caller's own id, unique in the ledger" });

/** An account named in a body: its UUID, or `ext:` and its external id. */
export const accountRefIn = z
  .string()
  .max(260)
  .transform((text, context): string => {
    const id = readId(text);
    if (id !== undefined) return id;
    if (text.startsWith('ext:') && externalIdIn.safeParse(text.slice(4)).success) return text;
    context.addIssue({ code: 'custom', message: 'must be an account id (UUID) or ext:<external_id>' });
    return z.NEVER;
  })
  .meta({ description: 'An account: its id, or `ext:` and its external id' });

/** A currency code: ISO 4217 or a registered code of 3 to 12 characters. */
export const currencyCode = z
  .string()
  .regex(/^[A-Z][A-Z0-9]{2,11}$/, 'must be a currency code such as USD')
  .meta({ description: 'ISO 4217, or a code registered at /v1/currencies', examples: ['USD'] });

/** The name of a ledger. */
export const ledgerName = z
  .string()
  .regex(/^[a-z][a-z0-9_-]{0,62}$/, 'must be lower-case letters, digits, - and _, at most 63')
  .meta({ examples: ['main'] });

/** `Idempotency-Key`: 1 to 255 visible ASCII characters. */
export const idempotencyKey = z
  .string()
  .regex(/^[\x21-\x7e]{1,255}$/, 'must be 1 to 255 visible ASCII characters');
