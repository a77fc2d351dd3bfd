import { z } from 'zod';
import {
  accountRefIn,
  currencyCode,
  externalIdIn,
  idIn,
  idOut,
  idempotencyKey,
  ledgerName,
  textIn,
} from './ids.ts';
import { metadataIn, metadataOut } from './metadata.ts';
import { amountOut, positiveAmount } from './money.ts';
import { timeIn, timeOut } from './times.ts';

/** At most this many transfers in one batch. */
export const transferBatchMax = 1000;
const holdSecondsMax = 10 * 365 * 86_400;

export const transferStatus = z.enum([
  'COMPLETED',
  'FAILED',
  'HELD',
  'VOIDED',
  'EXPIRED',
  'INITIATED',
  'SCHEDULED',
  'CANCELLED',
]);
export type TransferStatus = z.infer<typeof transferStatus>;

/** What has to be true of an account for the request to count; else 409 `condition_failed`. */
export const conditionsIn = z.strictObject({
  available_min_minor: signedAmount().nullish(),
  available_max_minor: signedAmount().nullish(),
  version: z.int().min(1).nullish(),
});
export type ConditionsIn = z.infer<typeof conditionsIn>;

function signedAmount() {
  const shape = /^(0|-?[1-9][0-9]{0,18})$/;
  return z
    .unknown()
    .transform((value, context): bigint => {
      const safe = typeof value === 'number' && Number.isSafeInteger(value) && !Object.is(value, -0);
      const amount =
        safe || (typeof value === 'string' && shape.test(value)) ? BigInt(value) : undefined;
      if (amount !== undefined && BigInt.asIntN(64, amount) === amount) return amount;
      context.addIssue({
        code: 'custom',
        message:
          'must be a whole number of minor units within ±(2^53-1), or a string of digits within 64 bits',
      });
      return z.NEVER;
    })
    .meta({ anyOf: [{ type: 'integer' }, { type: 'string', pattern: '^(0|-?[1-9][0-9]{0,18})$' }] });
}

const holdIn = z
  .union([
    z.boolean(),
    z
      .strictObject({
        expires_in_seconds: z.int().min(1).max(holdSecondsMax).nullish(),
        expires_at: timeIn.nullish(),
      })
      .refine(
        (hold) => hold.expires_in_seconds == null || hold.expires_at == null,
        'must name one expiry, not two',
      ),
  ])
  .meta({ description: 'Reserve now and move later; with an expiry it is released by time' });
export type HoldIn = z.infer<typeof holdIn>;

const optionFields = {
  id: idIn.nullish(),
  external_id: externalIdIn.nullish(),
  description: textIn(0, 1000).nullish(),
  metadata: metadataIn.nullish(),
  effective_at: timeIn.nullish(),
  hold: holdIn.nullish(),
  require: z.strictObject({ from: conditionsIn.nullish(), to: conditionsIn.nullish() }).nullish(),
  idempotencyKey: idempotencyKey.nullish(),
};

/** Moves an amount: `from` is debited, `to` is credited. */
export const transferBody = z.strictObject({
  from: accountRefIn,
  to: accountRefIn,
  amount_minor: positiveAmount,
  currency: currencyCode,
  execute_at: timeIn.nullish(),
  ...optionFields,
});
export type TransferBody = z.infer<typeof transferBody>;

/** A deposit or a withdrawal of the account in the path; the other side is the world outside. */
export const depositBody = z.strictObject({
  amount_minor: positiveAmount,
  currency: currencyCode.nullish(),
  ...optionFields,
});
export type DepositBody = z.infer<typeof depositBody>;

export const transferBatchBody = z.strictObject({
  mode: z.enum(['independent', 'atomic']),
  transfers: z.array(transferBody).min(1).max(transferBatchMax),
});
export type TransferBatchBody = z.infer<typeof transferBatchBody>;

export const settleBody = z.strictObject({
  amount_minor: positiveAmount.nullish(),
  keep_remaining: z.boolean().nullish(),
});
export type SettleBody = z.infer<typeof settleBody>;

export const voidBody = z.strictObject({});
export const cancelBody = z.strictObject({});

/** `force` passes over limits, needs the scope admin, and is said in the entry. */
export const reverseBody = z.strictObject({
  amount_minor: positiveAmount.nullish(),
  reason: textIn(0, 1000).nullish(),
  force: z.boolean().nullish(),
});
export type ReverseBody = z.infer<typeof reverseBody>;

export const transferOut = z
  .object({
    id: idOut,
    ledger: ledgerName,
    external_id: z.string().nullable(),
    from: idOut.nullable(),
    to: idOut.nullable(),
    amount_minor: amountOut,
    currency: z.string(),
    status: transferStatus,
    held_minor: amountOut,
    settled_minor: amountOut,
    reversed_minor: amountOut,
    reverses: idOut.nullable(),
    entry_id: idOut.nullable(),
    entry_number: z.int().nullable(),
    failure: z.object({ code: z.string(), detail: z.string() }).nullable(),
    description: z.string().nullable(),
    metadata: metadataOut,
    effective_at: timeOut,
    execute_at: timeOut.nullable(),
    expires_at: timeOut.nullable(),
    created_at: timeOut,
    completed_at: timeOut.nullable(),
    position: z.int(),
  })
  .meta({ id: 'Transfer' });
export type TransferOut = z.infer<typeof transferOut>;

/** How far the worker has come with a transfer that is run later. */
export const processingOut = z
  .object({
    attempts: z.int(),
    last_error: z.string().nullable(),
    next_attempt_at: timeOut.nullable(),
  })
  .meta({ id: 'Processing' });
export type ProcessingOut = z.infer<typeof processingOut>;

/** A transfer as it is read by itself; `processing` is null where the worker has nothing to do with it. */
export const transferDetailOut = transferOut
  .extend({ processing: processingOut.nullable() })
  .meta({ id: 'TransferDetail' });

export const transferBatchOut = z
  .object({
    results: z.array(
      z.object({
        index: z.int(),
        status: z.enum(['POSTED', 'HELD', 'SCHEDULED', 'FAILED']),
        transfer: transferOut.optional(),
        error: z.object({}).optional(),
      }),
    ),
    posted: z.int(),
    failed: z.int(),
    position: z.int(),
  })
  .meta({ id: 'TransferBatchResult' });
