import {
  failSpan,
  isSampled,
  traceIdOf,
  type Kind,
  type Span,
  type Tracing,
} from '../../runtime/tracing.ts';
import type { Delivery, Message, Publisher, SubscribeOptions, Transport } from './transport.ts';

/** Traces that one page or delivery adds spans to at most. */
const tracesMax = 200;

/** The traceparents of sampled messages, by trace. */
function groupByTrace(messages: readonly Message[]): Map<string, [string, ...string[]]> {
  const groups = new Map<string, [string, ...string[]]>();
  for (const { traceparent } of messages) {
    if (!isSampled(traceparent)) continue;
    const trace = traceIdOf(traceparent) ?? '';
    const known = groups.get(trace);
    if (known !== undefined && !known.includes(traceparent)) known.push(traceparent);
    else if (known === undefined && groups.size < tracesMax) groups.set(trace, [traceparent]);
  }
  return groups;
}

/**
 * Messages are sent and dealt with many at once: each trace among them has a span of its own, below what the log
 * says, linked with the other requests of that trace.
 */
async function spanEach<Value>(
  tracing: Tracing,
  messages: readonly Message[],
  about: { name: string; kind: Kind; attributes: Record<string, string | number> },
  work: () => Promise<Value>,
): Promise<Value> {
  const groups = groupByTrace(messages);
  if (groups.size === 0) return work();
  const { name, kind, attributes: known } = about;
  const attributes = { ...known, 'messaging.batch.message_count': messages.length };
  const spans = Array.from(groups.values(), ([parent, ...links]) =>
    tracing.start(name, parent, { kind, attributes, links }),
  ).filter((span) => span !== undefined);
  return endAll(spans, () => tracing.within(spans[0], work));
}

async function endAll<Value>(spans: readonly Span[], work: () => Promise<Value>): Promise<Value> {
  try {
    const value = await work();
    for (const span of spans) span.end();
    return value;
  } catch (error) {
    for (const span of spans) failSpan(span, error);
    throw error;
  }
}

/** A transport that adds what it does to the traces of its messages. */
export function traceTransport(transport: Transport, tracing: Tracing): Transport {
  const { name, openPublisher } = transport;
  const tracePublisher = (publisher: Publisher): Publisher => ({
    publish: (messages) => {
      const attributes = { 'messaging.system': name, 'messaging.operation.type': 'send' };
      const about = { name: `publish to ${name}`, kind: 'producer', attributes } as const;
      return spanEach(tracing, messages, about, () => publisher.publish(messages));
    },
    watermark: (position) => publisher.watermark(position),
    close: () => publisher.close(),
  });
  const traceHandler = ({ group, handle }: SubscribeOptions): SubscribeOptions['handle'] => {
    const kind = 'consumer' as const;
    return (delivery: Delivery) => {
      const attributes = {
        'messaging.system': name,
        'messaging.operation.type': 'process',
        'messaging.consumer.group.name': group,
        'messaging.destination.partition.id': delivery.partition,
      };
      const about = { name: `process ${group}`, kind, attributes };
      return spanEach(tracing, delivery.messages, about, () => handle(delivery));
    };
  };
  return {
    ...transport,
    openPublisher:
      openPublisher === undefined ? undefined : async () => tracePublisher(await openPublisher()),
    subscribe: (options) => transport.subscribe({ ...options, handle: traceHandler(options) }),
  };
}
