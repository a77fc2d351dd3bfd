import { z } from 'zod';
import { accountStatus } from './accounts.ts';
import { entryBody, entryOut } from './entries.ts';
import { idOut } from './ids.ts';
import { amountOut } from './money.ts';
import { transferBatchBody, transferBody, transferOut } from './transfers.ts';

/** Any transfer, batch or entry body. */
export const previewBody = z.union([transferBody, transferBatchBody, entryBody]);

/** The shape a preview's body is meant to have, so that its errors are about that one. */
export function previewBodyFor(body: unknown): z.ZodType<z.output<typeof previewBody>> {
  if (typeof body !== 'object' || body === null) return transferBody;
  if ('lines' in body) return entryBody;
  return 'transfers' in body ? transferBatchBody : transferBody;
}

export const previewAccountOut = z.object({
  id: idOut,
  currency: z.string(),
  status: accountStatus,
  balance_minor: amountOut,
  held_minor: amountOut,
  incoming_minor: amountOut,
  available_minor: amountOut,
  version: z.int(),
});

/** What would happen; nothing is stored. `accounts` are the states after it. */
export const previewOut = z
  .object({
    allowed: z.boolean(),
    error: z.object({}).nullable(),
    transfer: transferOut.nullable(),
    entry: entryOut.nullable(),
    results: z.array(z.object({})).nullable(),
    accounts: z.array(previewAccountOut),
    as_of_position: z.int(),
  })
  .meta({ id: 'Preview' });
