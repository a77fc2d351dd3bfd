import { z } from 'zod';
import { accountType } from './accounts.ts';
import { ledgerName, textIn } from './ids.ts';
import { amountOut } from './money.ts';
import { timeIn, timeOut } from './times.ts';

export const closePeriodBody = z.strictObject({
  ends_at: timeIn.meta({ description: 'Nothing counts before it afterwards; not in the future' }),
  description: textIn(0, 1000).nullish(),
});
export type ClosePeriodBody = z.infer<typeof closePeriodBody>;

const trialBalanceOut = z.object({
  balanced: z.boolean(),
  rows: z.array(
    z.object({
      currency: z.string(),
      type: accountType,
      accounts: z.int(),
      debits_minor: amountOut,
      credits_minor: amountOut,
      balance_minor: amountOut.meta({ description: 'On the usual side of the class' }),
    }),
  ),
});

/** A close of a ledger, with the trial balance of what counts before its end. */
export const periodOut = z
  .object({
    ledger: ledgerName,
    number: z.int(),
    ends_at: timeOut,
    closed_at: timeOut,
    position: z.int(),
    entry_count: z.int(),
    head_hash: z.string().meta({ description: "Of the journal's last entry at the close" }),
    description: z.string().nullable(),
    previous_hash: z.string(),
    hash: z.string(),
    trial_balance: trialBalanceOut
      .nullable()
      .meta({ description: 'Null until it is made, moments later' }),
  })
  .meta({ id: 'Period' });
