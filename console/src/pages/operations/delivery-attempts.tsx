import { useClient } from '../../api/ledger.ts';
import { readAgain, useRead } from '../../api/queries.ts';
import { useMay } from '../../api/session.tsx';
import { formatMs, formatSecond } from '../../format/times.ts';
import { ActButton } from '../../parts/act-button.tsx';
import { Dialog } from '../../parts/dialog.tsx';
import { Loaded } from '../../parts/states.tsx';

interface DeliveryAttemptsProps {
  readonly webhook: string;
  readonly delivery: string;
  readonly onClose: () => void;
}

/** Each time a delivery was tried, and what came back. */
export function DeliveryAttempts({ webhook, delivery, onClose }: DeliveryAttemptsProps) {
  const client = useClient();
  const mayWrite = useMay('write');
  const detail = useRead(['delivery', delivery], (client) =>
    client.readWebhookDelivery(webhook, delivery),
  );
  return (
    <Dialog title="Attempts" onClose={onClose}>
      <Loaded query={detail} rows={3}>
        {({ attempt_log: attempts, state }) => (
          <>
            {attempts.length === 0 && <p className="dim">It was not tried yet.</p>}
            <ol className="stack">
              {attempts.map(
                ({ attempt, started_at: startedAt, duration_ms: ms, status, error, response }) => (
                  <li key={attempt}>
                    <strong>{status ?? error ?? 'no answer'}</strong>{' '}
                    <span className="dim">
                      {formatSecond(startedAt)}, {formatMs(ms)}
                    </span>
                    {response !== null && response !== '' && <pre className="code">{response}</pre>}
                  </li>
                ),
              )}
            </ol>
            {mayWrite && state !== 'pending' && (
              <div className="dialog-foot">
                <ActButton
                  text="Send again"
                  act={() => client.redeliverWebhook(webhook, delivery)}
                  onDone={() => readAgain('deliveries', 'delivery')}
                  said="It is sent again."
                />
              </div>
            )}
          </>
        )}
      </Loaded>
    </Dialog>
  );
}
