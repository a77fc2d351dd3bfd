import { useRead } from '../../api/queries.ts';
import { formatCount, formatMs, formatSecond } from '../../format/times.ts';
import { Badge } from '../../parts/badge.tsx';
import { Th } from '../../parts/paged-list.tsx';
import { PageHead } from '../../parts/page-head.tsx';
import { Empty, Loaded } from '../../parts/states.tsx';

const everyMs = 2000;

/** How far events are on their way to the broker, and what the server depends on. */
export function Relay() {
  const outbox = useRead(['outbox'], (client) => client.readOutbox(), { everyMs });
  const readiness = useRead(['readiness'], (client) => client.readReadiness(), { everyMs });
  return (
    <>
      <PageHead
        title="Relay"
        lead="The log of events is the outbox: the relay sends it to the broker, and begins again from its cursor after any doubt."
      />
      <div className="stack">
        <section className="card" aria-label="Brokers">
          <Loaded query={outbox} rows={3}>
            {({ outboxes, head_position: head }) =>
              outboxes.length === 0 ? (
                <Empty title="There is no broker.">
                  <p>
                    Projections and webhooks read the log in place. It has {formatCount(head)} events.
                    TRANSPORT names a broker.
                  </p>
                </Empty>
              ) : (
                <table className="table">
                  <caption className="sr-only">Brokers</caption>
                  <thead>
                    <tr>
                      <Th>Broker</Th>
                      <Th>State</Th>
                      <Th isNumber>Published</Th>
                      <Th isNumber>Not yet sent</Th>
                      <Th isNumber>Oldest waits for</Th>
                      <Th>Fault</Th>
                    </tr>
                  </thead>
                  <tbody>
                    {outboxes.map((row) => (
                      <tr key={row.transport}>
                        <td>{row.transport}</td>
                        <td>
                          <Badge state={row.state} />
                        </td>
                        <td className="num">
                          {formatCount(row.published_position)} of {formatCount(head)}
                        </td>
                        <td className="num">{formatCount(row.unpublished_events)}</td>
                        <td className="num">{formatMs(row.oldest_unpublished_age_seconds * 1000)}</td>
                        <td className="text">
                          {row.fault === null
                            ? '–'
                            : `${row.fault}${row.fault_at === null ? '' : `, ${formatSecond(row.fault_at)}`}`}
                        </td>
                      </tr>
                    ))}
                  </tbody>
                </table>
              )
            }
          </Loaded>
        </section>
        <section className="card" aria-label="Dependencies">
          <div className="card-head">
            <h2>What this server depends on</h2>
          </div>
          <Loaded query={readiness} rows={3}>
            {({ dependencies }) => (
              <table className="table">
                <caption className="sr-only">Dependencies</caption>
                <tbody>
                  {dependencies.map(({ name, status }) => (
                    <tr key={name}>
                      <th scope="row">{name}</th>
                      <td className="num">
                        <Badge state={status} />
                      </td>
                    </tr>
                  ))}
                </tbody>
              </table>
            )}
          </Loaded>
        </section>
      </div>
    </>
  );
}
