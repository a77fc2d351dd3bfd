import { z } from 'zod';
import { currencyCode, ledgerName } from './ids.ts';
import { amountOut, anyAmount } from './money.ts';
import { timeIn, timeOut } from './times.ts';

export const createLedgerBody = z.strictObject({
  name: ledgerName,
  default_credit_limit_minor: anyAmount.nullish(),
  sandbox: z.boolean().nullish().meta({
    description: 'A ledger to try things in, which can be emptied and whose clock can be moved forward',
  }),
});
export type CreateLedgerBody = z.infer<typeof createLedgerBody>;

export const updateLedgerBody = z.strictObject({
  default_credit_limit_minor: anyAmount.nullable().optional(),
});
export type UpdateLedgerBody = z.infer<typeof updateLedgerBody>;

/** A century. */
const clockMoveMax = 3_155_760_000;

export const moveClockBody = z
  .strictObject({
    to: timeIn.nullish().meta({ description: 'The time that it is in the sandbox from now on' }),
    advance_seconds: z.int().min(1).max(clockMoveMax).nullish(),
  })
  .refine(
    ({ to, advance_seconds: seconds }) => ((to ?? null) === null) !== ((seconds ?? null) === null),
    'must have either to or advance_seconds',
  );
export type MoveClockBody = z.infer<typeof moveClockBody>;

const sandboxOut = z
  .object({
    life: ledgerName.meta({
      description: 'The name under which records and events know it; each reset begins another',
    }),
    clock_offset_ms: z.int().meta({ description: 'How far its clock is ahead of the real one' }),
  })
  .meta({ id: 'Sandbox' });

export const ledgerOut = z
  .object({
    name: ledgerName,
    default_credit_limit_minor: amountOut.nullable(),
    entry_count: z.int(),
    head_hash: z.string(),
    created_at: timeOut,
    closed_until: timeOut.nullable().meta({ description: 'Nothing counts before it any more' }),
    sandbox: sandboxOut.nullable().meta({ description: 'Null for a ledger that counts' }),
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
