import { z } from 'zod';
import { pageQuery } from './lists.ts';
import { timeIn, timeOut } from './times.ts';

const outcome = z.enum(['begun', 'done', 'refused', 'failed']);
const name = z.string().min(1).max(255);

export const auditLogQuery = z.strictObject({
  ...pageQuery.shape,
  actor: name.meta({ description: 'The id of the key' }).optional(),
  action: name.meta({ description: 'The operation, or `authenticate`' }).optional(),
  outcome: outcome.optional(),
  address: name.optional(),
  recorded_after: timeIn.meta({ description: 'At this time or later' }).optional(),
  recorded_before: timeIn.optional(),
  format: z
    .enum(['json', 'csv', 'ndjson'])
    .default('json')
    .meta({ description: 'csv and ndjson are the whole of it, the oldest first' }),
});
export type AuditLogQuery = z.output<typeof auditLogQuery>;

/** One row: an action that is about to be done or how it ended, or credentials that were refused. */
export const auditRowOut = z
  .object({
    number: z.int(),
    recorded_at: timeOut,
    outcome,
    action: z.string(),
    actor: z.string().nullable(),
    ledger: z.string().nullable(),
    method: z.string().nullable(),
    path: z.string().nullable(),
    address: z.string().nullable(),
    request_id: z.string().nullable(),
    status: z.int().nullable(),
    code: z.string().nullable(),
    /** How many alike the row stands for. */
    occurrences: z.int(),
    /** JSON, as the hash covers it. */
    detail: z.string().nullable(),
    hash: z.string(),
  })
  .meta({ id: 'AuditRow' });
export type AuditRowOut = z.infer<typeof auditRowOut>;
