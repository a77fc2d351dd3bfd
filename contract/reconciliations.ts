import { z } from 'zod';
import { idOut } from './ids.ts';
import { timeOut } from './times.ts';

export const reconciliationBody = z.strictObject({
  whole: z
    .boolean()
    .nullish()
    .meta({ description: 'Compare everything, as when absent; false: what changed since the last one' }),
  auto_heal: z.boolean().nullish().meta({
    description: 'Make read models that differ again from the log; RECONCILE_AUTO_HEAL if absent',
  }),
});

const differenceOut = z.object({
  subject: z.string().meta({ description: 'Id of the account, or where in the log' }),
  field: z.string(),
  expected: z.string().nullable().meta({ description: 'What the journal says' }),
  actual: z.string().nullable(),
  difference: z
    .string()
    .nullable()
    .meta({ description: 'Actual less expected, where both are amounts' }),
});

const reportOut = z.object({
  position: z.int(),
  from_position: z.int(),
  whole: z.boolean(),
  drifted: z.int().meta({ description: 'Accounts, or blocks of the log, that differ' }),
  sources: z.array(
    z.object({
      source: z.string().meta({ examples: ['accounts', 'balances', 'topics'] }),
      position: z.int().meta({ description: 'Compared as it was at this position' }),
      checked: z.int(),
      drifted: z.int(),
      note: z.string().optional(),
      differences: z.array(differenceOut).meta({ description: 'The first 1,000 of them' }),
    }),
  ),
  healing: z
    .record(z.string(), z.string().nullable())
    .meta({ description: 'The rebuild of each projection; null where one was running' }),
  announced: z
    .array(z.int())
    .meta({ description: 'Positions of the events `DriftFound`, one for each source that differs' }),
});

/** A comparison of all that is made from the journal with it. */
export const reconciliationOut = z
  .object({
    id: idOut,
    state: z.enum(['waiting', 'running', 'done', 'failed']),
    progress: z.number().meta({ description: 'From 0 to 1' }),
    report: reportOut.nullable(),
    error: z.string().nullable(),
    requested_by: z.string().nullable(),
    created_at: timeOut,
    started_at: timeOut.nullable(),
    finished_at: timeOut.nullable(),
  })
  .meta({ id: 'Reconciliation' });
