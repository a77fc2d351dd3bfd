import { failSpan, isSampled, traceparentOf, type Span, type Tracing } from '../runtime/tracing.ts';
import type { Decided } from './batch.ts';

/** The spans of a batch with traced commands: the batch from its decision on, and its call of the database. */
export interface BatchSpans {
  readonly batch: Span;
  readonly commit: Span | undefined;
}

/** Links that a span has at most. */
const linksMax = 128;

/**
 * A batch is for many requests at once: its spans stand in the trace of the first that is sampled, with a link to each
 * other; the others have a link to it. Nothing is made for a batch without any.
 */
export function startBatchSpans(
  tracing: Tracing,
  { decided, number, startedAt }: { decided: readonly Decided[]; number: number; startedAt: number },
): BatchSpans | undefined {
  const traced = decided.filter(({ pending }) => isSampled(pending.request.traceparent));
  const [first, ...others] = traced.map(({ pending }) => pending.request.traceparent ?? '');
  if (first === undefined) return undefined;
  const batch = tracing.start('ledger batch', first, {
    links: others.slice(0, linksMax),
    attributes: { 'ledger.batch.number': number, 'ledger.batch.commands': decided.length },
    startedAt,
  });
  if (batch === undefined) return undefined;
  const context = batch.spanContext();
  for (const { pending } of traced) {
    pending.span?.setAttribute('ledger.queue_wait_ms', startedAt - pending.submittedAt);
    pending.span?.addLink({ context });
  }
  const attributes = { 'db.system.name': 'postgresql', 'db.query.summary': 'ledger.post_batch' };
  const commit = tracing.start('postgresql ledger.post_batch', traceparentOf(batch), {
    kind: 'client',
    attributes,
  });
  return { batch, commit };
}

/** Ends them with how far the log is then, or with why nothing was written. */
export function endBatchSpans(
  spans: BatchSpans | undefined,
  outcome: { readonly position: number } | { readonly fault: unknown },
): void {
  if (spans === undefined) return;
  const { batch, commit } = spans;
  if ('position' in outcome) {
    commit?.end();
    batch.setAttribute('ledger.position', outcome.position).end();
    return;
  }
  if (commit !== undefined) failSpan(commit, outcome.fault);
  failSpan(batch, outcome.fault);
}
