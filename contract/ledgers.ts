import { z } from 'zod';
import { currencyCode, ledgerName } from './ids.ts';
import { amountOut, anyAmount } from './money.ts';
import { timeOut } from './times.ts';

export const createLedgerBody = z.strictObject({
  name: ledgerName,
  default_credit_limit_minor: anyAmount.nullish(),
});
export type CreateLedgerBody = z.infer<typeof createLedgerBody>;

export const updateLedgerBody = z.strictObject({
  default_credit_limit_minor: anyAmount.nullable().optional(),
});
export type UpdateLedgerBody = z.infer<typeof updateLedgerBody>;

export const ledgerOut = z
  .object({
    name: ledgerName,
    default_credit_limit_minor: amountOut.nullable(),
    entry_count: z.int(),
    head_hash: z.string(),
    created_at: timeOut,
    closed_until: timeOut.nullable().meta({ description: 'Nothing counts before it any more' }),
  })
  .meta({ id: 'Ledger' });

export const registerCurrencyBody = z.strictObject({
  code: currencyCode,
  scale: z.int().min(0).max(12),
});
export type RegisterCurrencyBody = z.infer<typeof registerCurrencyBody>;

export const currencyOut = z
  .object({ code: z.string(), scale: z.int(), source: z.enum(['iso4217', 'registered']) })
  .meta({ id: 'Currency' });
