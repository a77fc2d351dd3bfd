import type { Ledger } from '@credit-ledger/sdk';
import { useState } from 'react';
import { useClient } from '../../api/ledger.ts';
import { readAgain } from '../../api/queries.ts';
import { useMay, useResolvedLedger } from '../../api/session.tsx';
import { formatCount, formatDay, formatMs } from '../../format/times.ts';
import { ActButton } from '../../parts/act-button.tsx';
import { Badge } from '../../parts/badge.tsx';
import { Check, TextField } from '../../parts/fields.tsx';
import { Link } from '../../parts/link.tsx';
import { PagedTable, Th, usePages } from '../../parts/paged-list.tsx';
import { PageHead } from '../../parts/page-head.tsx';
import { Empty } from '../../parts/states.tsx';
import { readLimit } from './default-limit.ts';
import { SandboxActions } from './sandbox-actions.tsx';

/** The books that the key may use, and the sandboxes beside them. */
export function Ledgers() {
  const isAdmin = useMay('admin');
  const pages = usePages<Ledger>(['ledgers', 'pages'], (client, from) =>
    client.listLedgers({ limit: 50, ...from }),
  );
  return (
    <>
      <PageHead
        title="Ledgers"
        lead="Each has its own accounts, journal and keys. A sandbox is for trying things: it can be emptied, and its clock moved forward."
      >
        {isAdmin && <NewLedger />}
      </PageHead>
      <section className="card">
        <PagedTable
          pages={pages}
          caption="Ledgers"
          head={
            <>
              <Th>Name</Th>
              <Th>Kind</Th>
              <Th isNumber>Entries</Th>
              <Th isNumber>Default limit</Th>
              <Th>Closed until</Th>
              <Th>Opened</Th>
              <Th />
            </>
          }
          row={(ledger) => <LedgerRow key={ledger.name} ledger={ledger} />}
          empty={<Empty title="This key may use no ledger." />}
        />
      </section>
    </>
  );
}

function LedgerRow({ ledger }: { ledger: Ledger }) {
  const { name, sandbox, entry_count: count, closed_until: closedUntil, created_at: openedAt } = ledger;
  const { default_credit_limit_minor: limit } = ledger;
  const isHere = useResolvedLedger() === name;
  const [isAdmin, mayWrite] = [useMay('admin'), useMay('write')];
  return (
    <tr>
      <td>
        <Link to={`/?ledger=${encodeURIComponent(name)}`} className="row-link">
          {name}
        </Link>{' '}
        {isHere && <span className="dim">at hand</span>}
        {sandbox !== null && sandbox.clock_offset_ms > 0 && (
          <div className="dim">clock ahead by {formatMs(sandbox.clock_offset_ms)}</div>
        )}
      </td>
      <td>{sandbox === null ? 'books' : <Badge state="sandbox" tone="info" />}</td>
      <td className="num" data-label="entries">
        {formatCount(count)}
      </td>
      <td className="num" data-label="default limit">
        {limit === null ? 'none' : String(limit)}
      </td>
      <td className="nowrap fold-away">{closedUntil === null ? '–' : formatDay(closedUntil)}</td>
      <td className="nowrap dim fold-away">{formatDay(openedAt)}</td>
      <td className="num fold-top">
        <span className="row-actions">
          {sandbox !== null && mayWrite && <SandboxActions name={name} />}
          {isAdmin && <DefaultLimit ledger={ledger} />}
        </span>
      </td>
    </tr>
  );
}

const again = (): void => readAgain('ledgers', 'ledger');
const limitHint =
  'In minor units, for accounts that are opened without one: 0 keeps them from going below zero. Empty: no limit.';

function NewLedger() {
  const client = useClient();
  const [name, setName] = useState('');
  const [limit, setLimit] = useState('');
  const [isSandbox, setSandbox] = useState(false);
  const read = readLimit(limit);
  return (
    <ActButton
      text="New ledger"
      asks="New ledger"
      act={() =>
        client.createLedger({
          name: name.trim(),
          sandbox: isSandbox,
          ...(read.limit === null ? {} : { default_credit_limit_minor: read.limit }),
        })
      }
      onDone={again}
      said={`${name.trim()} was opened.`}
      canSubmit={name.trim() !== '' && read.error === undefined}
    >
      <TextField
        label="Name"
        value={name}
        hint="Lower-case letters, digits, - and _. It stays as it is."
        onChange={setName}
      />
      <TextField
        label="Default credit limit"
        isNumber
        value={limit}
        error={read.error}
        hint={limitHint}
        onChange={setLimit}
      />
      <Check label="A sandbox, to try things in" isOn={isSandbox} onChange={setSandbox} />
    </ActButton>
  );
}

function DefaultLimit({ ledger: { name, default_credit_limit_minor: now } }: { ledger: Ledger }) {
  const client = useClient();
  const [limit, setLimit] = useState(now === null ? '' : String(now));
  const read = readLimit(limit);
  return (
    <ActButton
      isSmall
      text="Default limit"
      asks={`Default credit limit of ${name}`}
      explains="Accounts that are open already keep theirs."
      act={() => client.updateLedger(name, { default_credit_limit_minor: read.limit })}
      onDone={again}
      said={`The default limit of ${name} was changed.`}
      canSubmit={read.error === undefined}
    >
      <TextField
        label="Default credit limit"
        isNumber
        value={limit}
        error={read.error}
        hint={limitHint}
        onChange={setLimit}
      />
    </ActButton>
  );
}
