import { z } from 'zod';
import { idOut, textIn } from './ids.ts';
import { pageQuery } from './lists.ts';
import { timeOut } from './times.ts';

const states = ['pending', 'approved', 'done', 'refused', 'rejected', 'expired'] as const;

export const approvalsQuery = z.strictObject({
  ...pageQuery.shape,
  state: z.enum(states).optional(),
});

export const rejectBody = z.strictObject({ reason: textIn(1, 1000).nullish() });

/** A request that waits for another administrator, or what became of it. */
export const approvalOut = z
  .object({
    id: idOut,
    state: z.enum(states).meta({
      description:
        '`approved` is carried out at this moment, or was when its process ended: approve it again',
    }),
    operation: z.string(),
    ledger: z.string(),
    method: z.string(),
    path: z.string(),
    body: z.object({}).nullable().meta({ description: 'What was asked for' }),
    requested_by: z.string(),
    requested_at: timeOut,
    expires_at: timeOut,
    decided_by: z.string().nullable(),
    decided_at: timeOut.nullable(),
    reason: z.string().nullable(),
    answer_status: z.int().nullable().meta({ description: 'What carrying it out was answered with' }),
    answer: z.object({}).nullable(),
  })
  .meta({ id: 'Approval' });
