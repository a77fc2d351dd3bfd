import { z } from 'zod';
import { side } from './accounts.ts';
import { idOut } from './ids.ts';
import { metadataOut } from './metadata.ts';
import { amountOut } from './money.ts';
import { timeOut } from './times.ts';

export const statementLineOut = z.object({
  entry_id: idOut,
  entry_number: z.int(),
  transfer_id: idOut.nullable(),
  side,
  amount_minor: amountOut,
  balance_after_minor: amountOut,
  version: z.int(),
  posted_at: timeOut,
  effective_at: timeOut,
  description: z.string().nullable(),
  counterparty_account_id: idOut.nullable(),
  metadata: metadataOut,
});
export type StatementLineOut = z.infer<typeof statementLineOut>;

/**
 * Lines recorded (or effective) in [from, to), frozen at the position of the first page. Opening and
 * closing balance and totals are those of this page's lines: opening + net of the lines = closing, and
 * where two pages meet they carry the same balance (in descending order the opening of a page is the
 * closing of the next).
 */
export const statementOut = z
  .object({
    account_id: idOut,
    currency: z.string(),
    from: timeOut,
    to: timeOut,
    opening_balance_minor: amountOut,
    closing_balance_minor: amountOut,
    total_debits_minor: amountOut,
    total_credits_minor: amountOut,
    lines: z.array(statementLineOut),
    next_cursor: z.string().nullable(),
    as_of_position: z.int(),
  })
  .meta({ id: 'Statement' });
export type StatementOut = z.infer<typeof statementOut>;
