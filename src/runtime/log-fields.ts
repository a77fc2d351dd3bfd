import { traceIdOf } from './tracing.ts';

/** What log lines say of an event, so that they are found by any of its ids. */
export function eventFields({ eventId, aggregate, key, ...of }: EventIds): Record<string, unknown> {
  return {
    event_id: eventId,
    ...(aggregate === undefined || key === undefined ? {} : { [`${aggregate}_id`]: key }),
    ...originFields(of),
  };
}

interface EventIds extends Origin {
  readonly eventId: string;
  readonly aggregate?: string | undefined;
  readonly key?: string;
}

interface Origin {
  readonly traceparent?: string | undefined;
  readonly correlationId?: string | undefined;
}

/** What log lines say of where something came from. */
export function originFields({ traceparent, correlationId }: Origin): Record<string, unknown> {
  return { trace_id: traceIdOf(traceparent), correlation_id: correlationId };
}
