import type { Entry } from '@credit-ledger/sdk';
import { formatSecond } from '../../format/times.ts';
import { AccountLink } from '../../parts/account-link.tsx';
import { Amount } from '../../parts/amount.tsx';
import { Link } from '../../parts/link.tsx';

/** At most so many accounts are drawn; what remains is in the entry's table. */
const drawnMax = 6;

/** An entry as bookkeepers draw it: each account a T, debits left, credits right, and the balance below. */
export function EntryPicture({ entry }: { entry: Entry }) {
  const accounts = [...new Set(entry.lines.map(({ account_id: id }) => id))];
  return (
    <section className="card" aria-label={`Entry ${entry.entry_number}`}>
      <div className="card-head">
        <h2>
          <Link to={`/journal/entries/${entry.id}`}>Entry {entry.entry_number}</Link>
        </h2>
        <span className="dim">{formatSecond(entry.posted_at)}</span>
      </div>
      <div className="card-body t-accounts">
        {accounts.slice(0, drawnMax).map((id) => (
          <TAccount key={id} id={id} lines={entry.lines.filter(({ account_id: of }) => of === id)} />
        ))}
      </div>
      {accounts.length > drawnMax && (
        <div className="table-foot">{accounts.length - drawnMax} more accounts are in the entry.</div>
      )}
    </section>
  );
}

function TAccount({ id, lines }: { id: string; lines: Entry['lines'] }) {
  const last = lines.at(-1);
  const side = (wanted: 'DEBIT' | 'CREDIT') =>
    lines
      .filter(({ side }) => side === wanted)
      .map(({ amount_minor: minor, currency, version }) => (
        <li key={version}>
          <Amount minor={minor} currency={currency} />
        </li>
      ));
  return (
    <figure className="t-account">
      <figcaption>
        <AccountLink id={id} />
      </figcaption>
      <div className="t-sides">
        <div>
          <span className="t-label">Debit</span>
          <ul>{side('DEBIT')}</ul>
        </div>
        <div>
          <span className="t-label">Credit</span>
          <ul>{side('CREDIT')}</ul>
        </div>
      </div>
      {last !== undefined && (
        <div className="t-foot">
          Balance after <Amount minor={last.balance_after_minor} currency={last.currency} withCurrency />
        </div>
      )}
    </figure>
  );
}
