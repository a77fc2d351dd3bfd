import type { NewWebhook, Webhook, WebhookDelivery } from '@credit-ledger/sdk';
import { useState } from 'react';
import { useParams } from 'wouter';
import { useClient } from '../../api/ledger.ts';
import { readAgain, useRead } from '../../api/queries.ts';
import { useMay } from '../../api/session.tsx';
import { formatSecond } from '../../format/times.ts';
import { ActButton } from '../../parts/act-button.tsx';
import { Badge } from '../../parts/badge.tsx';
import { CopyTextButton } from '../../parts/copy.tsx';
import { Dialog } from '../../parts/dialog.tsx';
import { Link, useGo } from '../../parts/link.tsx';
import { PagedTable, Th, usePages } from '../../parts/paged-list.tsx';
import { PageHead } from '../../parts/page-head.tsx';
import { Empty, Loaded } from '../../parts/states.tsx';
import { DeliveryAttempts } from './delivery-attempts.tsx';
import { EditWebhookButton, NewWebhookButton } from './webhook-form.tsx';

const everyMs = 3000;
const again = (): void => readAgain('webhooks', 'webhook', 'deliveries');

/** Who is told of events, by HTTP. */
export function Webhooks() {
  const [made, setMade] = useState<NewWebhook>();
  const mayWrite = useMay('write');
  const pages = usePages<Webhook>(['webhooks'], (client, from) =>
    client.listWebhooks({ limit: 50, ...from }),
  );
  const show = (webhook: NewWebhook): void => {
    again();
    setMade(webhook);
  };
  return (
    <>
      <PageHead
        title="Webhooks"
        lead="Endpoints that are told of events as they happen, signed, in the order of each account."
      >
        {mayWrite && <NewWebhookButton onMade={show} />}
      </PageHead>
      <section className="card">
        <PagedTable
          pages={pages}
          caption="Webhooks"
          head={
            <>
              <Th>Address</Th>
              <Th>Status</Th>
              <Th>Events</Th>
              <Th>Failing since</Th>
            </>
          }
          row={({ id, url, status, event_types: types, failing_since: since }) => (
            <tr key={id}>
              <td className="text">
                <Link to={`/operations/webhooks/${id}`} className="row-link">
                  {url}
                </Link>
              </td>
              <td className="fold-top">
                <Badge state={status} tone={status === 'ACTIVE' ? 'good' : 'warn'} />
              </td>
              <td className="text">{types === null ? 'all' : types.join(', ')}</td>
              <td data-label="failing since" className={since === null ? 'fold-away' : ''}>
                {since === null ? '–' : formatSecond(since)}
              </td>
            </tr>
          )}
          empty={
            <Empty title="Nobody is told.">
              <p>An endpoint gets a signed POST for each event.</p>
            </Empty>
          }
        />
      </section>
      {made !== undefined && <SecretDialog made={made} onClose={() => setMade(undefined)} />}
    </>
  );
}

function SecretDialog({ made, onClose }: { made: NewWebhook; onClose: () => void }) {
  return (
    <Dialog title="The secret of this webhook" onClose={onClose}>
      <p>Messages are signed with it. It is shown this once.</p>
      <pre className="code" tabIndex={0} aria-label="Secret">
        {made.secret}
      </pre>
      <div className="dialog-foot">
        <CopyTextButton text={() => made.secret}>Copy</CopyTextButton>
        <button type="button" className="button primary" onClick={onClose}>
          Done
        </button>
      </div>
    </Dialog>
  );
}

export function WebhookPage() {
  const { id = '' } = useParams();
  const webhook = useRead(['webhook', id], (client) => client.readWebhook(id), { everyMs });
  return <Loaded query={webhook}>{(found) => <WebhookView webhook={found} />}</Loaded>;
}

function WebhookView({ webhook }: { webhook: Webhook }) {
  const { id, url, status, disabled_reason: reason, description } = webhook;
  const mayWrite = useMay('write');
  return (
    <>
      <PageHead
        title={new URL(url).host}
        heading={
          <>
            {new URL(url).host} <Badge state={status} tone={status === 'ACTIVE' ? 'good' : 'warn'} />
          </>
        }
        crumbs={[['/operations/webhooks', 'Webhooks']]}
        lead={[url, description, reason === null ? null : `disabled: ${reason}`]
          .filter((part) => part !== null)
          .join(' · ')}
      >
        {mayWrite && <WebhookActions webhook={webhook} />}
      </PageHead>
      <Deliveries id={id} />
    </>
  );
}

function WebhookActions({ webhook }: { webhook: Webhook }) {
  const { id, status } = webhook;
  const client = useClient();
  const go = useGo();
  const [made, setMade] = useState<NewWebhook>();
  const next = status === 'ACTIVE' ? 'DISABLED' : 'ACTIVE';
  return (
    <>
      <ActButton
        text="Send a test"
        act={() => client.testWebhook(id)}
        onDone={again}
        said="A test is on its way."
      />
      <EditWebhookButton webhook={webhook} onDone={again} />
      <ActButton
        text={status === 'ACTIVE' ? 'Disable' : 'Enable'}
        act={() => client.updateWebhook(id, { status: next })}
        onDone={again}
        said={`It is ${next.toLowerCase()}.`}
      />
      <ActButton
        text="Rotate secret"
        asks="Rotate the secret"
        explains="Messages are signed with both for a day."
        act={() => client.rotateWebhookSecret(id)}
        onDone={setMade}
      />
      <ActButton
        text="Redeliver dead"
        asks="Send all dead deliveries again"
        act={() => client.redeliverWebhooks(id, { state: 'dead' })}
        onDone={again}
        said="They are sent again."
      />
      <ActButton
        isDanger
        text="Delete"
        asks="Delete this webhook"
        explains="What is on its way to it is given up."
        act={() => client.deleteWebhook(id)}
        onDone={() => {
          again();
          go('/operations/webhooks');
        }}
        said="It was deleted."
      />
      {made !== undefined && <SecretDialog made={made} onClose={() => setMade(undefined)} />}
    </>
  );
}

function Deliveries({ id }: { id: string }) {
  const [chosen, setChosen] = useState<string>();
  const pages = usePages<WebhookDelivery>(['deliveries', id], (client, from) =>
    client.listWebhookDeliveries(id, { limit: 50, ...from }),
  );
  return (
    <section className="card" aria-label="Deliveries">
      <div className="card-head">
        <h2>Deliveries</h2>
        <button type="button" className="button small" onClick={again}>
          Look again
        </button>
      </div>
      <PagedTable
        pages={pages}
        caption="Deliveries"
        head={
          <>
            <Th>Made</Th>
            <Th>Event</Th>
            <Th>State</Th>
            <Th isNumber>Attempts</Th>
            <Th>Last answer</Th>
            <Th>Next try</Th>
          </>
        }
        row={(delivery) => (
          <tr key={delivery.id}>
            <td className="nowrap">
              <button type="button" className="row-button" onClick={() => setChosen(delivery.id)}>
                {formatSecond(delivery.created_at)}
              </button>
            </td>
            <td>{delivery.type}</td>
            <td className="fold-top">
              <Badge state={delivery.state} />
            </td>
            <td className="num" data-label="attempts">
              {delivery.attempts}
            </td>
            <td className="text dim">{delivery.last_error ?? delivery.last_status ?? '–'}</td>
            <td className={delivery.next_attempt_at === null ? 'fold-away' : 'nowrap'} data-label="next">
              {delivery.next_attempt_at === null ? '–' : formatSecond(delivery.next_attempt_at)}
            </td>
          </tr>
        )}
        empty={<Empty title="Nothing was sent yet." />}
      />
      {chosen !== undefined && (
        <DeliveryAttempts webhook={id} delivery={chosen} onClose={() => setChosen(undefined)} />
      )}
    </section>
  );
}
