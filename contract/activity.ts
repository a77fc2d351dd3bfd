import { z } from 'zod';
import { amountOut } from './money.ts';
import { timeOut } from './times.ts';

/** Of failures and rates, at most so many transfers are looked at, the newest. */
export const activitySampleMax = 10_000;
export const activitySeconds = 60;

/** What happens in a ledger now. */
export const activityOut = z
  .object({
    as_of: timeOut,
    per_second: z.array(z.int()).meta({
      description: `Transfers that were made in each of the last ${activitySeconds} seconds, the oldest first`,
    }),
    latency: z.object({ count: z.int(), p50_ms: z.number(), p99_ms: z.number() }).nullable().meta({
      description:
        'Requests that move money, as this gateway answered them in the last minute; null: none',
    }),
    holds: z
      .array(z.object({ currency: z.string(), count: z.int(), held_minor: amountOut }))
      .meta({ description: 'Holds that are open' }),
    failures: z
      .array(z.object({ code: z.string(), count: z.int() }))
      .meta({ description: 'Of the last day, the most frequent first' }),
    sampled: z.int().meta({
      description: `How many transfers of the last day were looked at: the newest ${activitySampleMax} at most`,
    }),
  })
  .meta({ id: 'Activity' });
export type ActivityOut = z.infer<typeof activityOut>;
