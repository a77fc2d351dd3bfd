import { AsyncLocalStorage } from 'node:async_hooks';
import {
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  trace,
  TraceFlags,
  type Attributes,
  type Link,
  type Span,
  type SpanContext,
  type Tracer,
} from '@opentelemetry/api';

/*
 * What is traced travels as a W3C traceparent, in requests, rows of the log and messages: whoever finds one that is
 * sampled adds a span to it. Everything else passes with one look at a character, so that a request that is not
 * sampled costs nothing (docs/decisions/0049-spans-by-hand.md).
 */

export type { Span } from '@opentelemetry/api';

export type Kind = 'server' | 'internal' | 'client' | 'producer' | 'consumer';

const kinds: Readonly<Record<Kind, SpanKind>> = {
  server: SpanKind.SERVER,
  internal: SpanKind.INTERNAL,
  client: SpanKind.CLIENT,
  producer: SpanKind.PRODUCER,
  consumer: SpanKind.CONSUMER,
};

export interface SpanParts {
  readonly kind?: Kind;
  readonly attributes?: Attributes;
  /** Traceparents of other requests that this work is for, too. */
  readonly links?: readonly string[];
  /** Where it began earlier: milliseconds of `performance.now()`. */
  readonly startedAt?: number;
}

export interface TracingOptions {
  readonly tracer: Pick<Tracer, 'startSpan'>;
  /** Of the requests that come without a traceparent, the share that is sampled. */
  readonly ratio: number;
  /** In [0, 1). */
  readonly random: () => number;
}

/** The span of the work at hand, where it is traced. */
const active = new AsyncLocalStorage<{ readonly span: Span; readonly tracing: Tracing }>();

/** Makes spans for what is sampled; undefined for the rest. */
export class Tracing {
  readonly #options: TracingOptions;

  constructor(options: TracingOptions) {
    this.#options = options;
  }

  /** The span of a request: continues what its sender samples, and begins a trace for a share of the others. */
  enter(name: string, traceparent: string | undefined): Span | undefined {
    if (traceparent !== undefined) return this.start(name, traceparent, { kind: 'server' });
    const { ratio, random, tracer } = this.#options;
    if (ratio === 0 || random() >= ratio) return undefined;
    return tracer.startSpan(name, { kind: SpanKind.SERVER }, ROOT_CONTEXT);
  }

  /** A span below another one, wherever that was made. */
  start(name: string, parent: string | undefined, parts: SpanParts = {}): Span | undefined {
    if (!isSampled(parent)) return undefined;
    const { kind = 'internal', attributes = {}, links = [], startedAt } = parts;
    return this.#options.tracer.startSpan(
      name,
      {
        kind: kinds[kind],
        attributes,
        links: links.map(linkTo),
        ...(startedAt === undefined ? {} : { startTime: startedAt }),
      },
      trace.setSpanContext(ROOT_CONTEXT, contextOf(parent)),
    );
  }

  /** Does work under a span, which ends with it. Work that is not traced is done as it is. */
  async run<Value>(span: Span | undefined, work: () => Promise<Value>): Promise<Value> {
    if (span === undefined) return work();
    try {
      const value = await this.within(span, work);
      span.end();
      return value;
    } catch (error) {
      failSpan(span, error);
      throw error;
    }
  }

  /** Does work under a span that ends elsewhere. */
  within<Value>(span: Span | undefined, work: () => Value): Value {
    return span === undefined ? work() : active.run({ span, tracing: this }, work);
  }
}

/** Work of the database or a broker: a span of its own where what it is for is traced. */
export function step<Value>(
  name: string,
  attributes: Attributes,
  work: () => Promise<Value>,
): Promise<Value> {
  const above = active.getStore();
  if (above === undefined) return work();
  const { span, tracing } = above;
  return tracing.run(tracing.start(name, traceparentOf(span), { kind: 'client', attributes }), work);
}

/** What a log line says of the work at hand. */
export function traceFields(): { trace_id?: string } {
  const above = active.getStore();
  return above === undefined ? {} : { trace_id: above.span.spanContext().traceId };
}

/** Ends a span with what went wrong. */
export function failSpan(span: Span, error: unknown): void {
  const message = error instanceof Error ? error.message : String(error);
  span.setStatus({ code: SpanStatusCode.ERROR, message }).end();
}

/** What continues a span elsewhere. */
export function traceparentOf(span: Span): string {
  const { traceId, spanId } = span.spanContext();
  return `00-${traceId}-${spanId}-01`;
}

/** Where the flags stand in a traceparent: the lowest bit of their last digit says sampled. */
const lastFlag = 54;

export function isSampled(traceparent: string | undefined): traceparent is string {
  if (traceparent === undefined) return false;
  const code = traceparent.charCodeAt(lastFlag);
  // '1' to '9' are odd where their codes are, 'a' to 'f' where theirs are not: b, d and f have the bit.
  return code < 97 ? code % 2 === 1 : code % 2 === 0;
}

/** The trace of a traceparent. */
export function traceIdOf(traceparent: string | undefined): string | undefined {
  return traceparent?.slice(3, 35);
}

function contextOf(traceparent: string): SpanContext {
  return {
    traceId: traceparent.slice(3, 35),
    spanId: traceparent.slice(36, 52),
    traceFlags: TraceFlags.SAMPLED,
    isRemote: true,
  };
}

function linkTo(traceparent: string): Link {
  return { context: contextOf(traceparent) };
}

/** Without a collector requests have their trace ids, and nobody is told of spans. */
export function createIdTracer(randomHex: (bytes: number) => string): Pick<Tracer, 'startSpan'> {
  return {
    startSpan: (_name, _options, context = ROOT_CONTEXT) => {
      const parent = trace.getSpanContext(context);
      const fresh = { traceId: randomHex(16), spanId: randomHex(8), traceFlags: TraceFlags.SAMPLED };
      return trace.wrapSpanContext(parent ?? fresh);
    },
  };
}

/** For what is made without any. */
export const untraced = new Tracing({ tracer: createIdTracer(() => ''), ratio: 0, random: () => 1 });
