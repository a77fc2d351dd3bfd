import { z } from 'zod';
import { currencyCode, externalIdIn, idIn, idOut, ledgerName, textIn } from './ids.ts';
import { metadataIn, metadataOut } from './metadata.ts';
import { amountOut, anyAmount } from './money.ts';
import { timeIn, timeOut } from './times.ts';

export const accountType = z.enum(['ASSET', 'LIABILITY', 'EQUITY', 'INCOME', 'EXPENSE']);
export const side = z.enum(['DEBIT', 'CREDIT']);
export const accountStatus = z.enum(['ACTIVE', 'SUSPENDED', 'CLOSED']);
export type AccountType = z.infer<typeof accountType>;
export type Side = z.infer<typeof side>;
export type AccountStatus = z.infer<typeof accountStatus>;

/** At most this many accounts in one batch. */
export const accountBatchMax = 1000;
const schedule = z
  .array(z.strictObject({ from: timeIn, limit_minor: anyAmount.nullable() }))
  .max(100)
  .refine(
    (rows) => new Set(rows.map((row) => row.from)).size === rows.length,
    'must not name a time twice',
  )
  .meta({ description: 'Limits that begin later, each at its time; replaces the schedule there was' });

/** Opens an account. `type` defaults to LIABILITY, `credit_limit_minor` to the ledger's default. */
export const openAccountBody = z.strictObject({
  currency: currencyCode,
  id: idIn.nullish(),
  external_id: externalIdIn
    .refine(
      (id) => !id.startsWith('external:'),
      'must not begin with external:, which the ledger uses itself',
    )
    .nullish(),
  name: textIn(0, 255).nullish(),
  type: accountType.nullish(),
  normal_side: side.nullish(),
  credit_limit_minor: anyAmount.nullish(),
  opening_balance_minor: anyAmount.nullish(),
  metadata: metadataIn.nullish(),
});
export type OpenAccountBody = z.infer<typeof openAccountBody>;

export const openAccountsBody = z.strictObject({
  accounts: z.array(openAccountBody).min(1).max(accountBatchMax),
});

/** Changes an account's settings: an absent field keeps, `null` clears. */
export const updateAccountBody = z.strictObject({
  name: textIn(0, 255).nullable().optional(),
  status: accountStatus.optional(),
  credit_limit_minor: anyAmount.nullable().optional(),
  credit_limit_schedule: schedule.nullable().optional(),
  allow_breach: z.boolean().optional(),
  metadata: metadataIn.nullable().optional(),
});
export type UpdateAccountBody = z.infer<typeof updateAccountBody>;

export const accountOut = z
  .object({
    id: idOut,
    ledger: ledgerName,
    external_id: z.string().nullable(),
    name: z.string().nullable(),
    type: accountType,
    currency: z.string(),
    normal_side: side,
    status: accountStatus,
    credit_limit_minor: amountOut.nullable(),
    credit_limit_schedule: z.array(z.object({ from: timeOut, limit_minor: amountOut.nullable() })),
    balance_minor: amountOut,
    held_minor: amountOut,
    incoming_minor: amountOut,
    available_minor: amountOut,
    version: z.int(),
    revision: z.int(),
    metadata: metadataOut,
    created_at: timeOut,
    updated_at: timeOut,
    position: z.int(),
  })
  .meta({ id: 'Account' });
export type AccountOut = z.infer<typeof accountOut>;

/** A balance; by `effective_at` held, incoming, available and the limit are null. */
export const balanceOut = z
  .object({
    account_id: idOut,
    currency: z.string(),
    balance_minor: amountOut,
    held_minor: amountOut.nullable(),
    incoming_minor: amountOut.nullable(),
    available_minor: amountOut.nullable(),
    credit_limit_minor: amountOut.nullable(),
    debits_minor: amountOut,
    credits_minor: amountOut,
    version: z.int().nullable(),
    as_of_position: z.int(),
    as_of: timeOut,
  })
  .meta({ id: 'Balance' });
export type BalanceOut = z.infer<typeof balanceOut>;

export const accountBatchOut = z
  .object({
    results: z.array(
      z.object({
        index: z.int(),
        status: z.enum(['OPENED', 'REFUSED']),
        account: accountOut.optional(),
        error: z.object({}).optional(),
      }),
    ),
    opened: z.int(),
    failed: z.int(),
    position: z.int(),
  })
  .meta({ id: 'AccountBatchResult' });
