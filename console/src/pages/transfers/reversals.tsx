import type { CreditLedger, LedgerEvent, TransferDetail } from '@credit-ledger/sdk';
import { useRead } from '../../api/queries.ts';
import { formatTime } from '../../format/times.ts';
import { Link } from '../../parts/link.tsx';

/** The reversal completes right after the event that marks what it reverses. */
const lookedAt = 10;

/** What took this transfer back, in whole or in part. */
export function Reversals({ transfer: { id, reversed_minor: reversed } }: { transfer: TransferDetail }) {
  const timeline = useRead(['timeline', id], (client) => client.readTimeline(id));
  const marks = (timeline.data?.events ?? [])
    .filter(({ type }) => type === 'TransferReversed')
    .map(({ position }) => position);
  const { data: reversals = [] } = useRead(
    ['reversals', id, marks],
    async (client) => {
      const found = await Promise.all(marks.map((position) => readReversal(client, id, position)));
      return found.filter((event) => event !== undefined);
    },
    { when: reversed > 0n && marks.length > 0 },
  );
  if (reversed === 0n || reversals.length === 0) return null;
  return (
    <section className="card" aria-label="Reversals">
      <div className="card-head">
        <h2>Reversals</h2>
      </div>
      <ul className="card-body stack">
        {reversals.map(({ key, recorded_at: at }) => (
          <li key={key}>
            <Link to={`/transfers/${key}`}>Taken back {formatTime(at)}</Link>
          </li>
        ))}
      </ul>
    </section>
  );
}

async function readReversal(
  client: CreditLedger,
  reversed: string,
  position: number,
): Promise<LedgerEvent | undefined> {
  const query = { after_position: position, types: ['TransferCompleted'], limit: lookedAt };
  const { data } = await client.listEvents(query).page();
  return data.find(({ payload: { transfer } }) =>
    typeof transfer === 'object' && transfer !== null && 'reverses_transfer_id' in transfer
      ? transfer['reverses_transfer_id'] === reversed
      : false,
  );
}
