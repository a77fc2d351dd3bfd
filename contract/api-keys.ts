import { z } from 'zod';
import { ledgerName, textIn } from './ids.ts';
import { timeIn, timeOut } from './times.ts';

export const scope = z.enum(['read', 'write', 'admin']);
export type Scope = z.infer<typeof scope>;

export const createApiKeyBody = z.strictObject({
  name: textIn(1, 255),
  scopes: z.array(scope).min(1).max(3),
  ledgers: z.array(ledgerName).min(1).max(100),
  expires_at: timeIn.nullish(),
});
export type CreateApiKeyBody = z.infer<typeof createApiKeyBody>;

export const apiKeyOut = z
  .object({
    id: z.string(),
    name: z.string(),
    scopes: z.array(scope),
    ledgers: z.array(z.string()),
    created_at: timeOut,
    expires_at: timeOut.nullable(),
    revoked_at: timeOut.nullable(),
  })
  .meta({ id: 'ApiKey' });

/** The answer that shows the secret, once. */
export const newApiKeyOut = apiKeyOut.extend({ key: z.string() }).meta({ id: 'NewApiKey' });
