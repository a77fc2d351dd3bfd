import { z } from 'zod';
import { idOut } from './ids.ts';
import { timeOut } from './times.ts';

const checkOut = z.object({
  check: z.string(),
  says: z.string().meta({ description: 'What the book is held to' }),
  count: z.int().meta({ description: 'Bad records, as far as they were counted; 0: it holds' }),
  first: z
    .looseObject({ what: z.string() })
    .nullable()
    .meta({ description: 'The first bad record: where it is, and what is wrong with it' }),
});

/** A verification of the whole book: an operation with its progress, and what it found. */
export const verificationOut = z
  .object({
    id: idOut,
    kind: z.literal('verification'),
    state: z.enum(['waiting', 'verifying', 'done', 'differs', 'failed', 'cancelled']),
    position: z.int(),
    target_position: z.int(),
    progress: z.number().meta({ description: 'From 0 to 1' }),
    checks: z.array(checkOut).nullable(),
    error: z.string().nullable(),
    requested_by: z.string(),
    created_at: timeOut,
    updated_at: timeOut,
    finished_at: timeOut.nullable(),
  })
  .meta({ id: 'Verification' });
