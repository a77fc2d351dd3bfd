import { eventSchemaByType } from '@credit-ledger/contract/events.ts';
import type { Batch, Decided } from './batch.ts';
import type { Draft } from './draft.ts';
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';

/** The writer's metrics; durations in seconds. */
export function createWriterMetrics(registry: Registry) {
  return { ...createBatchMetrics(registry), ...createBookMetrics(registry) };
}

/** How the writer goes about its work. */
function createBatchMetrics(registry: Registry) {
  const registers = [registry];
  const time = [0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10];
  return {
    batchSize: new Histogram({
      name: 'ledger_batch_commands',
      help: 'Commands in a batch',
      buckets: [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024],
      registers,
    }),
    queueWait: new Histogram({
      name: 'ledger_queue_wait_seconds',
      help: 'Time from submission of the oldest command of a batch to its decision',
      buckets: time,
      registers,
    }),
    commit: new Histogram({
      name: 'ledger_commit_seconds',
      help: 'Time from sending a batch to its answer from PostgreSQL',
      buckets: time,
      registers,
    }),
    decide: new Histogram({
      name: 'ledger_decide_seconds',
      help: 'Time to decide a batch and to write its call',
      buckets: time,
      registers,
    }),
    rollbacks: new Counter({
      name: 'ledger_batch_rollbacks_total',
      help: 'Batches decided again, by reason',
      labelNames: ['reason'],
      registers,
    }),
    queued: new Gauge({
      name: 'ledger_queue_commands',
      help: 'Commands waiting to be decided',
      registers,
    }),
    writing: new Gauge({
      name: 'ledger_writing',
      help: '1 where this process is the writer',
      registers,
    }),
  };
}

/** What came of it. */
function createBookMetrics(registry: Registry) {
  const registers = [registry];
  const events = new Counter({
    name: 'ledger_events_appended_total',
    help: 'Events appended to the log, by type: transfers completed, failed, held, settled and so on',
    labelNames: ['type'],
    registers,
  });
  for (const type of eventSchemaByType.keys()) events.inc({ type }, 0);
  return {
    events,
    entries: new Counter({
      name: 'ledger_entries_created_total',
      help: 'Entries posted to the journal',
      registers,
    }),
    posted: new Counter({
      name: 'ledger_posted_minor_units_total',
      help: 'Amounts posted to the journal, in minor units of their currency; each entry counts once',
      labelNames: ['currency'],
      registers,
    }),
    refusals: new Counter({
      name: 'ledger_entry_validation_errors_total',
      help: 'Commands refused by a rule, by code',
      labelNames: ['code'],
      registers,
    }),
    replays: new Counter({
      name: 'idempotency_replays_total',
      help: 'Answers given again for a key',
      registers,
    }),
    position: new Gauge({ name: 'ledger_position', help: 'The last committed position', registers }),
  };
}

export type WriterMetrics = ReturnType<typeof createWriterMetrics>;

/** Counts a batch that was committed, with its answers. `now` is monotonic milliseconds. */
export function countCommit(metrics: WriterMetrics, batch: Batch, now: number): void {
  metrics.commit.observe((now - batch.sentAt) / 1000);
  metrics.position.set(batch.draft.position);
  countBook(metrics, batch.draft);
  countAnswers(metrics, batch.decided);
}

/** Sums first: a look-up of labels costs more than an addition. */
function countBook({ entries, events, posted }: WriterMetrics, draft: Draft): void {
  entries.inc(draft.entries.size);
  const counts = new Map<string, number>();
  for (const { type } of draft.events) counts.set(type, (counts.get(type) ?? 0) + 1);
  for (const [type, count] of counts) events.inc({ type }, count);
  const amounts = new Map<string, number>();
  for (const { lines } of draft.entries.values())
    for (const { side, amount, currency } of lines)
      if (side === 'DEBIT') amounts.set(currency, (amounts.get(currency) ?? 0) + Number(amount));
  for (const [currency, amount] of amounts) posted.inc({ currency }, amount);
}

export function countAnswers({ replays, refusals }: WriterMetrics, decided: readonly Decided[]): void {
  for (const { answer } of decided) {
    if (answer.replayed) replays.inc();
    else if (answer.kind === 'refused') refusals.inc({ code: answer.refusal.code });
  }
}
