import { Counter, type Registry } from 'prom-client';

/** Counts what becomes of spans. */
export function createSpanMetrics(registry: Registry): Counter<'outcome'> {
  const counter = new Counter({
    name: 'trace_spans_total',
    help: 'Spans of traces, by whether the collector has them: exported or failed',
    labelNames: ['outcome'],
    registers: [registry],
  });
  for (const outcome of ['exported', 'failed']) counter.inc({ outcome }, 0);
  return counter;
}
