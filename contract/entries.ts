import { z } from 'zod';
import { side } from './accounts.ts';
import { accountRefIn, externalIdIn, idOut, idempotencyKey, ledgerName, textIn } from './ids.ts';
import { metadataIn, metadataOut } from './metadata.ts';
import { amountOut, positiveAmount } from './money.ts';
import { timeIn, timeOut } from './times.ts';
import { conditionsIn } from './transfers.ts';

/** At most this many lines in one entry. */
export const entryLinesMax = 1000;

export const lineIn = z.strictObject({
  account_id: accountRefIn,
  side,
  amount_minor: positiveAmount,
  require: conditionsIn.nullish(),
});
export type LineIn = z.infer<typeof lineIn>;

/** A journal entry of any number of lines; debits and credits are equal in each currency. */
export const entryBody = z.strictObject({
  lines: z.array(lineIn).max(entryLinesMax),
  batch_id: externalIdIn.nullish(),
  description: textIn(0, 1000).nullish(),
  effective_at: timeIn.nullish(),
  adjusting: z.boolean().nullish().meta({
    description: 'May count in a closed period; marked so in its metadata; needs the scope admin',
  }),
  metadata: metadataIn.nullish(),
  idempotencyKey: idempotencyKey.nullish(),
});
export type EntryBody = z.infer<typeof entryBody>;

export const reverseEntryBody = z.strictObject({
  reason: textIn(0, 1000).nullish(),
  force: z.boolean().nullish(),
});
export type ReverseEntryBody = z.infer<typeof reverseEntryBody>;

export const lineOut = z.object({
  account_id: idOut,
  side,
  amount_minor: amountOut,
  currency: z.string(),
  balance_after_minor: amountOut,
  version: z.int(),
});

export const entryOut = z
  .object({
    id: idOut,
    ledger: ledgerName,
    entry_number: z.int(),
    transfer_id: idOut.nullable(),
    batch_id: z.string().nullable(),
    reverses: idOut.nullable(),
    forced: z.boolean(),
    description: z.string().nullable(),
    metadata: metadataOut,
    lines: z.array(lineOut),
    posted_at: timeOut,
    effective_at: timeOut,
    previous_hash: z.string(),
    hash: z.string(),
    position: z.int(),
  })
  .meta({ id: 'Entry' });
export type EntryOut = z.infer<typeof entryOut>;
