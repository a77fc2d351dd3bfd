import { z } from 'zod';
import { timeOut } from './times.ts';

/** How far each broker is behind the log; empty where consumers read the log itself. */
export const outboxOut = z
  .object({
    head_position: z.int(),
    as_of: timeOut,
    outboxes: z.array(
      z.object({
        transport: z.string(),
        /** `waiting`: no process sends at present; `halted`: someone has to decide, `fault` says why. */
        state: z.enum(['sending', 'waiting', 'failing', 'halted']),
        published_position: z.int(),
        unpublished_events: z.int(),
        oldest_unpublished_age_seconds: z.number(),
        saved_at: timeOut.nullable(),
        fault: z.string().nullable(),
        fault_at: timeOut.nullable(),
      }),
    ),
  })
  .meta({ id: 'Outbox' });
export type OutboxOut = z.infer<typeof outboxOut>;
