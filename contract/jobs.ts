import { z } from 'zod';
import { idOut } from './ids.ts';
import { timeOut } from './times.ts';

/** `stale_transfers`, `clean_up` … */
export const jobNameIn = z
  .string()
  .regex(/^[a-z][a-z_]{0,62}$/, 'must be the name of a job such as clean_up')
  .meta({ examples: ['clean_up'] });

/** One run of a job: an operation that ends by itself. */
export const jobRunOut = z
  .object({
    id: idOut,
    job: z.string(),
    state: z.enum(['waiting', 'running', 'done', 'failed']),
    progress: z.number().meta({ description: 'From 0 to 1' }),
    params: z.object({}).meta({ description: 'What was asked for beyond the job itself' }),
    result: z.object({}).nullable().meta({ description: "The job's own account of what it did" }),
    error: z.string().nullable(),
    requested_by: z
      .string()
      .nullable()
      .meta({ description: 'The key that asked for it; null where its time had come' }),
    created_at: timeOut,
    started_at: timeOut.nullable(),
    finished_at: timeOut.nullable(),
  })
  .meta({ id: 'JobRun' });

export const jobOut = z
  .object({
    name: z.string(),
    every_ms: z.int().nullable().meta({ description: 'Null where it runs only when asked' }),
    next_run_at: timeOut.nullable(),
    last_run: jobRunOut.nullable(),
  })
  .meta({ id: 'Job' });
