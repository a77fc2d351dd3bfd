import type { TransferDetail } from '@credit-ledger/sdk';
import { formatTime } from '../../format/times.ts';
import { Amount } from '../../parts/amount.tsx';

/** What became of a hold: how much was settled, how much is held still, how much was let go. */
export function HoldLife({ transfer }: { transfer: TransferDetail }) {
  const {
    amount_minor: amount,
    held_minor: held,
    settled_minor: settled,
    currency,
    status,
    expires_at: expiresAt,
  } = transfer;
  const isHold = status === 'HELD' || status === 'VOIDED' || status === 'EXPIRED' || settled > 0n;
  if (!isHold || amount === 0n) return null;
  const released = amount - held - settled;
  const parts = [
    { name: 'Settled', minor: settled, kind: 'own' },
    { name: 'Held', minor: held, kind: 'held' },
    { name: status === 'EXPIRED' ? 'Expired' : 'Released', minor: released, kind: 'credit' },
  ].filter(({ minor }) => minor > 0n);
  return (
    <section className="card picture" aria-label="Life of the hold">
      <h2>Life of the hold</h2>
      <div className="bar" aria-hidden="true">
        {parts.map(({ kind, minor }) => (
          <span
            key={kind}
            className={`bar-part ${kind}`}
            style={{ flexGrow: Number((minor * 10_000n) / amount) }}
          />
        ))}
      </div>
      <ul className="legend">
        {parts.map(({ name, kind, minor }) => (
          <li key={kind}>
            <span className={`swatch ${kind}`} />
            {name} <Amount minor={minor} currency={currency} withCurrency />
          </li>
        ))}
        {status === 'HELD' && (
          <li>
            {expiresAt === null ? 'It has no end of its own.' : `It ends ${formatTime(expiresAt)}.`}
          </li>
        )}
      </ul>
    </section>
  );
}
