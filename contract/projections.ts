import { z } from 'zod';
import { idIn, idOut } from './ids.ts';
import { amountOut } from './money.ts';
import { timeIn, timeOut } from './times.ts';

export const projectionName = z.enum([
  'balances',
  'statements',
  'daily_balances',
  'transfer_timeline',
  'transfers',
]);

/** What two generations of a table say of each other. */
const tableComparisonOut = z.object({
  table: z.string(),
  rows: z.int(),
  rows_next: z.int(),
  differences: z.int(),
  sums: z.record(z.string(), z.string().nullable()),
  sums_next: z.record(z.string(), z.string().nullable()),
  checksum: z.string(),
  checksum_next: z.string(),
  examples: z.array(z.object({})),
});

/** Something that takes long, with how far it is. */
export const operationOut = z
  .object({
    id: idOut,
    projection: projectionName,
    kind: z.enum(['rebuild', 'replay']),
    account_id: idOut.nullable(),
    accept_differences: z.boolean(),
    state: z.enum([
      'waiting',
      'loading',
      'comparing',
      'switching',
      'done',
      'differs',
      'failed',
      'cancelled',
    ]),
    position: z.int(),
    target_position: z.int(),
    progress: z.number().meta({ description: 'From 0 to 1' }),
    comparison: z.array(tableComparisonOut).nullable(),
    error: z.string().nullable(),
    requested_by: z.string(),
    created_at: timeOut,
    updated_at: timeOut,
    finished_at: timeOut.nullable(),
  })
  .meta({ id: 'Operation' });

export const projectionOut = z
  .object({
    name: projectionName,
    state: z.enum(['running', 'paused', 'stopped']),
    reason: z.string().nullable(),
    generation: z.int(),
    position: z.int(),
    head_position: z.int(),
    lag_positions: z.int(),
    lag_seconds: z.number(),
    parked: z.int(),
    waiting: z.int(),
    partitions: z.array(z.object({ name: z.string(), position: z.int() })),
    drifted_at: timeOut.nullable().meta({
      description: 'When a reconciliation found it different from the journal; reads are stale',
    }),
    drift_reconciliation_id: idOut.nullable(),
    operation: operationOut.nullable(),
  })
  .meta({ id: 'Projection' });

/** Of one account where it is named; else of all, beside the tables in use. */
export const rebuildBody = z.strictObject({
  account_id: idIn.nullish(),
  accept_differences: z
    .boolean()
    .nullish()
    .meta({ description: 'Switch to the rebuilt tables also where they differ from those in use' }),
});

export const replayBody = z.strictObject({
  from_position: z.int().min(0).meta({ description: 'The events after it are applied again' }),
});

const timelineEventOut = z.object({
  position: z.int(),
  event_id: idOut,
  type: z.string(),
  status: z.string().nullable(),
  accepted_at: timeOut.nullable(),
  committed_at: timeOut,
  published_at: timeOut,
  projected_at: timeOut,
  trace_id: z.string().nullable(),
  correlation_id: z.string().nullable(),
});

/** Every event of a transfer, in order. */
export const timelineOut = z
  .object({
    transfer_id: idOut,
    events: z.array(timelineEventOut),
    as_of_position: z.int(),
  })
  .meta({ id: 'Timeline' });

const volumes = {
  debits_minor: amountOut,
  credits_minor: amountOut,
  debit_count: z.int(),
  credit_count: z.int(),
};

/** Days or months of an account, each with its volumes and the balance at its end. */
export const dailyBalancesOut = z
  .object({
    account_id: idOut,
    currency: z.string(),
    by: z.enum(['recorded', 'effective']),
    data: z.array(
      z.object({
        period: z.string().meta({ examples: ['2026-03-01', '2026-03'] }),
        ...volumes,
        closing_balance_minor: amountOut,
      }),
    ),
    as_of_position: z.int(),
  })
  .meta({ id: 'DailyBalances' });

/** Volumes of a whole ledger by day or month and currency. */
export const dailyTotalsOut = z
  .object({
    by: z.enum(['recorded', 'effective']),
    data: z.array(z.object({ period: z.string(), currency: z.string(), ...volumes })),
    as_of_position: z.int(),
  })
  .meta({ id: 'DailyTotals' });

const day = z
  .string()
  .regex(/^[1-9]\d{3}-\d\d-\d\d$/, 'must be a day such as 2026-03-01')
  .refine(isDay, 'must be a day of the calendar');

function isDay(text: string): boolean {
  const time = Date.parse(`${text}T00:00:00Z`);
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(text);
}

export const dailyQuery = z.strictObject({
  from: day.meta({ description: 'The first day' }).optional(),
  to: day.meta({ description: 'The last day' }).optional(),
  by: z.enum(['recorded', 'effective']).default('recorded'),
  period: z.enum(['day', 'month']).default('day'),
});

export const deadLetterOut = z
  .object({
    id: idOut,
    kind: z.enum(['event', 'command']),
    consumer: z.string(),
    consumer_version: z.int(),
    status: z.enum(['parked', 'waiting', 'redriven', 'discarded']),
    topic: z.string(),
    partition: z.string(),
    position: z.int(),
    event_id: idOut,
    key: idOut,
    keys: z.array(idOut),
    type: z.string(),
    error_class: z.string(),
    message: z.string(),
    attempts: z.int(),
    first_failed_at: timeOut,
    last_failed_at: timeOut,
    reason: z.string().nullable(),
  })
  .meta({ id: 'DeadLetter' });

/** With all that came with it. */
export const deadLetterDetailOut = deadLetterOut
  .extend({
    stack: z.string(),
    headers: z.record(z.string(), z.string()),
    payload: z.object({}).nullable().meta({ description: 'Decoded; null where it can not be' }),
    payload_base64: z.string(),
  })
  .meta({ id: 'DeadLetterDetail' });

const selection = {
  consumer: z.string().min(1).max(100),
  key: idIn,
  error: z.string().min(1).max(200).meta({ description: 'The class of the error' }),
};

export const redriveBody = z
  .strictObject({
    consumer: selection.consumer.nullish(),
    key: selection.key.nullish(),
    error: selection.error.nullish(),
    failed_after: timeIn.nullish(),
    failed_before: timeIn.nullish(),
  })
  .refine((body) => Object.values(body).some((value) => value !== null && value !== undefined), {
    message: 'must narrow by consumer, key, error or time',
  });

export const discardBody = z.strictObject({ reason: z.string().min(1).max(1000) });

/** What became of letters that were tried again. */
export const redriveOut = z
  .object({ redriven: z.int(), failed: z.int(), waiting: z.int() })
  .meta({ id: 'RedriveResult' });

export const deadLetterFilters = {
  status: z.enum(['parked', 'waiting', 'redriven', 'discarded']).optional(),
  kind: z.enum(['event', 'command']).optional(),
  consumer: selection.consumer.optional(),
  key: selection.key.optional(),
  error: selection.error.optional(),
};
