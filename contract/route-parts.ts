import { z } from 'zod';
import type { RefusalCode } from './errors.ts';
import { accountRefIn, idIn } from './ids.ts';

export const accountParams = z.strictObject({ id: accountRefIn });
export const idParams = z.strictObject({ id: idIn });

/** What may be wrong with an account that money moves on. */
export const accountRules = [
  'account_not_found',
  'account_closed',
  'account_suspended',
  'currency_mismatch',
  'condition_failed',
  'amount_overflow',
  'insufficient_funds',
] as const satisfies RefusalCode[];
