import type { Timeline, TransferDetail, WebhookDelivery } from '@credit-ledger/sdk';
import { useRead } from '../../api/queries.ts';
import { formatClock, formatMs, formatSecond } from '../../format/times.ts';
import { Badge } from '../../parts/badge.tsx';
import { CopyButton } from '../../parts/copy.tsx';
import { Link } from '../../parts/link.tsx';
import { Loaded } from '../../parts/states.tsx';

type TimelineEvent = Timeline['events'][number];
type Delivery = WebhookDelivery & { readonly url: string };

const endpointsMax = 10;
const deliveriesMax = 100;

/** When each step of the transfer happened: accepted, committed, published, projected, told to webhooks. */
export function TransferTimeline({ transfer: { id } }: { transfer: TransferDetail }) {
  const timeline = useRead(['timeline', id], (client) => client.readTimeline(id));
  const { data: deliveries = [] } = useRead(['timeline', id, 'webhooks'], async (client) => {
    const endpoints = await client.listWebhooks({ limit: endpointsMax }).take(endpointsMax);
    const found = await Promise.all(
      endpoints.map(async ({ id: endpoint, url }) => {
        const recent = await client
          .listWebhookDeliveries(endpoint, { limit: deliveriesMax })
          .take(deliveriesMax);
        return recent.map((delivery): Delivery => ({ ...delivery, url }));
      }),
    );
    return found.flat();
  });
  return (
    <section className="card" aria-label="Timeline">
      <div className="card-head">
        <h2>Timeline</h2>
      </div>
      <Loaded query={timeline} rows={4}>
        {({ events }) =>
          events.length === 0 ? (
            <p className="card-body dim">The read model has not come to it yet.</p>
          ) : (
            <ol className="timeline">
              {events.map((event) => (
                <Step
                  key={event.position}
                  event={event}
                  deliveries={deliveries.filter(({ message_id: of }) => of === event.event_id)}
                />
              ))}
            </ol>
          )
        }
      </Loaded>
    </section>
  );
}

function Step({ event, deliveries }: { event: TimelineEvent; deliveries: readonly Delivery[] }) {
  const {
    accepted_at: accepted,
    committed_at: committed,
    published_at: published,
    projected_at: projected,
    trace_id: traceId,
  } = event;
  const from = Date.parse(accepted ?? committed);
  const stages = [
    ['accepted', accepted],
    ['committed', committed],
    ['published', published],
    ['projected', projected],
  ] as const;
  return (
    <li className="timeline-step">
      <div className="timeline-title">
        <strong>{event.type.replaceAll(/(?<=[a-z])(?=[A-Z])/g, ' ')}</strong>
        <span className="dim">
          {formatSecond(committed)} · position {event.position}
        </span>
      </div>
      <ol className="stages">
        {stages.map(([name, time]) =>
          time === null ? null : (
            <li key={name}>
              <span className="dim">{name}</span>
              <span className="stage-time" title={time}>
                {formatClock(time)}
              </span>
              <span className="dim">
                {Date.parse(time) > from ? `+${formatMs(Date.parse(time) - from)}` : ' '}
              </span>
            </li>
          ),
        )}
        {deliveries.map((delivery) => (
          <li key={delivery.id}>
            <span className="dim">webhook</span>
            <Link to={`/operations/webhooks/${delivery.webhook_id}`}>{new URL(delivery.url).host}</Link>
            <Badge state={delivery.state} />
          </li>
        ))}
      </ol>
      {traceId !== null && (
        <div className="dim">
          trace <code>{traceId}</code>
          <CopyButton text={traceId} label="trace id" />
        </div>
      )}
    </li>
  );
}
