import type { Account, Transfer } from '@credit-ledger/sdk';
import { formatTime } from '../../format/times.ts';
import { Amount } from '../../parts/amount.tsx';
import { Link } from '../../parts/link.tsx';
import { PagedTable, Th, usePages } from '../../parts/paged-list.tsx';
import { Empty } from '../../parts/states.tsx';

/** Holds that are open, in either direction. */
export function AccountHolds({ account: { id } }: { account: Account }) {
  const query = { account_id: id, status: 'HELD', order: 'desc', limit: 50 } as const;
  const pages = usePages<Transfer>(['account-holds', id], (client, from) =>
    client.listTransfers({ ...query, ...from }),
  );
  return (
    <PagedTable
      pages={pages}
      caption="Open holds"
      head={
        <>
          <Th>Placed</Th>
          <Th>Direction</Th>
          <Th>Description</Th>
          <Th>Ends</Th>
          <Th isNumber>Held</Th>
        </>
      }
      row={(hold) => (
        <tr key={hold.id}>
          <td>
            <Link to={`/transfers/${hold.id}`} className="row-link">
              {formatTime(hold.created_at)}
            </Link>
          </td>
          <td>{hold.from === id ? 'out' : 'in'}</td>
          <td className="text">{hold.description ?? '–'}</td>
          <td data-label="ends">
            {hold.expires_at === null ? 'when it is settled or voided' : formatTime(hold.expires_at)}
          </td>
          <td className="num fold-top">
            <Amount minor={hold.held_minor} currency={hold.currency} withCurrency />
          </td>
        </tr>
      )}
      empty={
        <Empty title="Nothing is held.">
          <p>A hold reserves money until it is settled, voided or expires.</p>
        </Empty>
      }
    />
  );
}
