import { setTimeout as delay } from 'node:timers/promises';
import type { Tracer } from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { resourceFromAttributes } from '@opentelemetry/resources';
import {
  AlwaysOnSampler,
  BatchSpanProcessor,
  TracerProvider,
  type SpanExporter,
} from '@opentelemetry/sdk-trace';
import type { Counter } from 'prom-client';
import type { Logger } from './log.ts';

/** Spans that wait to be sent; what comes beyond them is dropped. */
const waitingMax = 8192;
const sendEveryMs = 1000;
const sendMsMax = 5000;
/** A collector that is away does not hold up the end of the process. */
const closeMsMax = 2000;

export interface OtlpOptions {
  /** Of a collector, such as http://localhost:4318. */
  readonly endpoint: string;
  readonly headers: Readonly<Record<string, string>>;
  /** What every span says of this process. */
  readonly resource: Readonly<Record<string, string | number>>;
  readonly spans: Counter<'outcome'>;
  readonly log: Logger;
}

/** Sends spans to a collector, by OTLP over HTTP. What is sampled was decided before. */
export function openOtlp({ endpoint, headers, resource, spans, log }: OtlpOptions): {
  readonly tracer: Tracer;
  /** Sends what waits. */
  readonly close: () => Promise<void>;
} {
  const exporter = new OTLPTraceExporter({
    url: `${endpoint.replace(/\/$/, '')}/v1/traces`,
    headers: { ...headers },
    timeoutMillis: sendMsMax,
  });
  const processor = new BatchSpanProcessor({
    exporter: counted(exporter, spans, log),
    maxQueueSize: waitingMax,
    scheduledDelayMillis: sendEveryMs,
    exportTimeoutMillis: sendMsMax,
  });
  const provider = new TracerProvider({
    sampler: new AlwaysOnSampler(),
    resource: resourceFromAttributes(resource),
    spanProcessors: [processor],
  });
  return {
    tracer: provider.getTracer('credit-ledger'),
    close: () =>
      Promise.race([
        provider.shutdown().catch(() => undefined),
        delay(closeMsMax, undefined, { ref: false }),
      ]),
  };
}

/** A collector that is away is told of once, and costs spans only. */
function counted(exporter: SpanExporter, spans: Counter<'outcome'>, log: Logger): SpanExporter {
  let isAway = false;
  return {
    export: (batch, done) =>
      exporter.export(batch, (result) => {
        const hasFailed = result.error !== undefined;
        spans.inc({ outcome: hasFailed ? 'failed' : 'exported' }, batch.length);
        if (hasFailed && !isAway) log.warn({ err: result.error }, 'traces do not reach their collector');
        isAway = hasFailed;
        done(result);
      }),
    shutdown: () => exporter.shutdown(),
  };
}
