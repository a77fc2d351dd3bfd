import type { Account, Metadata } from '@credit-ledger/sdk';
import { formatSecond, formatTime } from '../../format/times.ts';
import { Amount } from '../../parts/amount.tsx';
import { Badge } from '../../parts/badge.tsx';
import { CopyTextButton, Id, toJson } from '../../parts/copy.tsx';
import { Th } from '../../parts/paged-list.tsx';
import { Empty } from '../../parts/states.tsx';

export function AccountFacts({ account }: { account: Account }) {
  return (
    <div className="card-body halves">
      <dl className="facts">
        <dt>Id</dt>
        <dd>
          <Id id={account.id} />
        </dd>
        <dt>External id</dt>
        <dd>{account.external_id ?? '–'}</dd>
        <dt>Ledger</dt>
        <dd>{account.ledger}</dd>
        <dt>Type</dt>
        <dd>
          {account.type.toLowerCase()}, usually on the {account.normal_side.toLowerCase()} side
        </dd>
        <dt>Version</dt>
        <dd>{account.version}</dd>
        <dt>Revision</dt>
        <dd>{account.revision}</dd>
        <dt>Opened</dt>
        <dd>{formatSecond(account.created_at)}</dd>
        <dt>Changed</dt>
        <dd>{formatSecond(account.updated_at)}</dd>
      </dl>
      <MetadataList metadata={account.metadata} />
    </div>
  );
}

/** Free fields, one a line. */
export function MetadataList({ metadata }: { metadata: Metadata }) {
  const fields = Object.entries(metadata);
  if (fields.length === 0) return <p className="dim">There is no metadata.</p>;
  return (
    <dl className="facts">
      {fields.map(([name, value]) => (
        <div key={name} className="contents">
          <dt className="mono">{name}</dt>
          <dd className="mono">{typeof value === 'string' ? value : toJson(value)}</dd>
        </div>
      ))}
    </dl>
  );
}

/** The limit now, and what it will be. */
export function AccountLimits({ account }: { account: Account }) {
  const { credit_limit_minor: limit, credit_limit_schedule: schedule, currency } = account;
  const now = Date.now();
  if (limit === null && schedule.length === 0)
    return (
      <Empty title="There is no limit.">
        <p>This account may go as far below zero as it is asked to. A limit of 0 keeps it from that.</p>
      </Empty>
    );
  return (
    <div className="table-wrap">
      <table className="table">
        <caption className="sr-only">Limits</caption>
        <thead>
          <tr>
            <Th>From</Th>
            <Th>State</Th>
            <Th isNumber>Credit limit</Th>
          </tr>
        </thead>
        <tbody>
          <tr>
            <td>Now</td>
            <td>
              <Badge state="ACTIVE" text="in force" />
            </td>
            <td className="num">
              {limit === null ? 'none' : <Amount minor={limit} currency={currency} withCurrency />}
            </td>
          </tr>
          {schedule.map(({ from, limit_minor: minor }) => (
            <tr key={from}>
              <td>{formatTime(from)}</td>
              <td>
                <Badge
                  state={Date.parse(from) > now ? 'SCHEDULED' : 'CLOSED'}
                  text={Date.parse(from) > now ? 'to come' : 'since then'}
                />
              </td>
              <td className="num">
                {minor === null ? 'none' : <Amount minor={minor} currency={currency} withCurrency />}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** What the API says, as it says it. */
export function RawJson({ value }: { value: unknown }) {
  const text = toJson(value, 2);
  return (
    <div className="card-body stack">
      <div>
        <CopyTextButton text={() => text}>Copy</CopyTextButton>
      </div>
      <pre className="code" tabIndex={0}>
        {text}
      </pre>
    </div>
  );
}
