import type { EventPayload, LedgerEvent } from '@credit-ledger/sdk';
import { Amount } from '../../parts/amount.tsx';
import { AccountName } from '../../parts/account-link.tsx';
import { shortId } from '../../parts/copy.tsx';
import { Link } from '../../parts/link.tsx';

type Value = EventPayload[string];

function fieldsOf(value: Value): EventPayload {
  return isFields(value) ? value : {};
}

function isFields(value: Value): value is EventPayload {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const textOf = (value: Value): string | undefined => (typeof value === 'string' ? value : undefined);

/** What an event is about, in a line. */
export function EventSummary({ event }: { event: LedgerEvent }) {
  if (event.aggregate === 'account') return <AccountSummary event={event} />;
  if (event.aggregate === 'entry')
    return <Link to={`/journal/entries/${event.key}`}>{entryText(event)}</Link>;
  const transfer = fieldsOf(event.payload['transfer']);
  const amount = fieldsOf(transfer['amount']);
  const units = amount['units'];
  const [from, to] = [textOf(transfer['from']), textOf(transfer['to'])];
  return (
    <>
      <Link to={`/transfers/${event.key}`}>{shortId(event.key)}</Link>{' '}
      {typeof units === 'bigint' && (
        <Amount minor={units} currency={textOf(amount['currency']) ?? ''} withCurrency />
      )}
      {from !== undefined && to !== undefined && (
        <span className="dim">
          {' '}
          <AccountName id={from} /> → <AccountName id={to} />
        </span>
      )}
    </>
  );
}

function AccountSummary({ event }: { event: LedgerEvent }) {
  const account = fieldsOf(event.payload['account']);
  const name = textOf(account['name']) ?? textOf(account['external_id']) ?? shortId(event.key);
  return <Link to={`/accounts/${event.key}`}>{name}</Link>;
}

function entryText({ payload, key }: LedgerEvent): string {
  const number = payload['entry_number'];
  return typeof number === 'number' || typeof number === 'string' ? `entry ${number}` : shortId(key);
}
