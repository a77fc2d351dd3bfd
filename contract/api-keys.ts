import { z } from 'zod';
import { ledgerName, textIn } from './ids.ts';
import { timeIn, timeOut } from './times.ts';

/** `admin` implies the others and every ledger. */
export const allScopes = ['read', 'write', 'admin', 'keys', 'redrive'] as const;
const scope = z.enum(allScopes);
export type Scope = z.infer<typeof scope>;

export const createApiKeyBody = z.strictObject({
  name: textIn(1, 255),
  scopes: z.array(scope).min(1).max(allScopes.length),
  ledgers: z.array(ledgerName).min(1).max(100),
  expires_at: timeIn.nullish(),
  rate_limit_per_second: z
    .int()
    .min(1)
    .max(1_000_000)
    .meta({ description: 'Requests a second; what the settings say when absent' })
    .nullish(),
});
export type CreateApiKeyBody = z.infer<typeof createApiKeyBody>;

export const overlapSecondsMax = 30 * 86_400;
export const rotateApiKeyBody = z.strictObject({
  overlap_seconds: z
    .int()
    .min(0)
    .max(overlapSecondsMax)
    .default(86_400)
    .meta({ description: 'How long the old key counts still; a day when absent' }),
});

export const apiKeyOut = z
  .object({
    id: z.string(),
    name: z.string(),
    scopes: z.array(scope),
    ledgers: z.array(z.string()),
    created_at: timeOut,
    expires_at: timeOut.nullable(),
    revoked_at: timeOut.nullable(),
    /** To ten seconds or so. */
    last_used_at: timeOut.nullable(),
    /** The key that takes its place; both count until this one expires. */
    replaced_by: z.string().nullable(),
    rate_limit_per_second: z.int().nullable(),
  })
  .meta({ id: 'ApiKey' });

/** The answer that shows the secret, once. */
export const newApiKeyOut = apiKeyOut.extend({ key: z.string() }).meta({ id: 'NewApiKey' });
