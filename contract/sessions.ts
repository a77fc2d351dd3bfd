import { z } from 'zod';
import { allScopes } from './api-keys.ts';
import { timeOut } from './times.ts';

/** Whoever asks: what its credential allows. */
export const sessionOut = z
  .object({
    key_id: z.string().meta({ description: 'The id of the key; `oidc:` and the subject of a token' }),
    scopes: z.array(z.enum(allScopes)),
    ledgers: z.array(z.string()).meta({ description: '`*` is every ledger' }),
    expires_at: timeOut.nullable().meta({ description: 'When the credential, or the session, ends' }),
    by: z.enum(['credential', 'session']).meta({ description: 'What this request was let in by' }),
  })
  .meta({ id: 'Session' });
export type SessionOut = z.infer<typeof sessionOut>;
