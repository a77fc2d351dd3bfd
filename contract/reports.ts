import { z } from 'zod';
import { accountType } from './accounts.ts';
import { ledgerName } from './ids.ts';
import { amountOut } from './money.ts';
import { timeOut } from './times.ts';

/** Sums per currency and account type; a row's balance is on the usual side of its type. */
export const trialBalanceOut = z
  .object({
    ledger: ledgerName,
    as_of: timeOut,
    as_of_position: z.int(),
    balanced: z.boolean(),
    rows: z.array(
      z.object({
        currency: z.string(),
        type: accountType,
        accounts: z.int(),
        debits_minor: amountOut,
        credits_minor: amountOut,
        balance_minor: amountOut,
      }),
    ),
    totals: z.array(
      z.object({
        currency: z.string(),
        debits_minor: amountOut,
        credits_minor: amountOut,
        balanced: z.boolean(),
      }),
    ),
  })
  .meta({ id: 'TrialBalance' });
export type TrialBalanceOut = z.infer<typeof trialBalanceOut>;
