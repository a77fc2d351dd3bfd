import type { Account } from '@credit-ledger/sdk';
import { Amount } from '../../parts/amount.tsx';

interface Part {
  readonly name: string;
  readonly minor: bigint;
  readonly kind: 'used' | 'held' | 'own' | 'credit' | 'incoming';
}

/** What the account has, as parts of one whole: its money and its credit, less what is used and held. */
function partsOf(account: Account): readonly Part[] {
  const {
    balance_minor: balance,
    held_minor: held,
    incoming_minor: incoming,
    credit_limit_minor: limit,
  } = account;
  const used = balance < 0n ? -balance : 0n;
  const own = balance > 0n ? balance : 0n;
  const heldOfOwn = held < own ? held : own;
  const credit = (limit ?? 0n) - used - (held - heldOfOwn);
  const parts: readonly Part[] = [
    { name: 'Used credit', minor: used, kind: 'used' },
    { name: 'Held', minor: held, kind: 'held' },
    { name: 'Own money left', minor: own - heldOfOwn, kind: 'own' },
    { name: 'Credit left', minor: credit, kind: 'credit' },
    { name: 'Incoming', minor: incoming, kind: 'incoming' },
  ];
  return parts.filter(({ minor }) => minor > 0n);
}

/** Posted, held, incoming, available and the limit: figures, and one bar that shows how they come about. */
export function BalancePicture({ account }: { account: Account }) {
  const { currency, credit_limit_minor: limit } = account;
  const parts = partsOf(account);
  const whole = parts.reduce((sum, { minor }) => sum + minor, 0n);
  const share = (minor: bigint): number => Number((minor * 10_000n) / whole) / 100;
  return (
    <section className="card picture" aria-label="Balance">
      <dl className="figures">
        <Figure name="Posted" minor={account.balance_minor} currency={currency} isMain />
        <Figure name="Held" minor={account.held_minor} currency={currency} />
        <Figure name="Incoming" minor={account.incoming_minor} currency={currency} />
        {limit === null ? (
          <>
            <Word name="Credit limit" text="none" />
            <Word name="Available" text="as much as is asked for" />
          </>
        ) : (
          <>
            <Figure name="Credit limit" minor={limit} currency={currency} />
            <Figure name="Available" minor={account.available_minor} currency={currency} isMain />
          </>
        )}
      </dl>
      {whole > 0n && (
        <>
          <div className="bar" aria-hidden="true">
            {parts.map(({ name, minor, kind }) => (
              <span
                key={kind}
                className={`bar-part ${kind}`}
                style={{ flexGrow: share(minor) }}
                title={name}
              />
            ))}
          </div>
          <ul className="legend">
            {parts.map(({ name, minor, kind }) => (
              <li key={kind}>
                <span className={`swatch ${kind}`} />
                {name} <Amount minor={minor} currency={currency} />
              </li>
            ))}
          </ul>
        </>
      )}
    </section>
  );
}

function Figure({
  name,
  minor,
  currency,
  isMain = false,
}: {
  name: string;
  minor: bigint;
  currency: string;
  isMain?: boolean;
}) {
  return (
    <div>
      <dt>{name}</dt>
      <dd className={isMain ? 'main-figure' : 'figure'}>
        <Amount minor={minor} currency={currency} />
      </dd>
    </div>
  );
}

function Word({ name, text }: { name: string; text: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd className="figure dim">{text}</dd>
    </div>
  );
}
