import { useState } from 'react';
import { useRead } from '../../api/queries.ts';
import { formatSecond } from '../../format/times.ts';
import { TextArea } from '../../parts/fields.tsx';
import { PagedTable, Th, usePages } from '../../parts/paged-list.tsx';
import { PageHead } from '../../parts/page-head.tsx';
import { Empty } from '../../parts/states.tsx';
import { useAction } from '../../parts/use-action.ts';
import { checkReceipt, readReceipt } from '../../proof/check-receipt.ts';
import { CheckSteps } from './check-steps.tsx';

/** Checks a receipt that somebody brings, with the key that they trust, in this browser. */
export function Receipts() {
  const [text, setText] = useState('');
  const [pem, setPem] = useState('');
  const { data: keys } = useRead(['seal-keys'], (client) => client.listSealKeys());
  const check = useAction(async () => checkReceipt(readReceipt(text), pem));
  const newest = keys?.data.at(-1);
  return (
    <>
      <PageHead
        title="Receipts"
        lead="A receipt proves that an entry is in the journal, unchanged. It is checked in this browser; nothing is sent."
      />
      <div className="stack">
        <section className="card card-body stack" aria-label="Check a receipt">
          <div className="halves">
            <div className="stack">
              <TextArea
                label="Receipt"
                value={text}
                hint="The JSON that was saved."
                onChange={setText}
              />
              <div className="actions">
                <FileButton label="Open a receipt" accept=".json" onText={setText} />
              </div>
            </div>
            <div className="stack">
              <TextArea
                label="Public key"
                value={pem}
                hint="PEM. Keep the key that you trust yourself."
                onChange={setPem}
              />
              <div className="actions">
                <FileButton label="Open a key" accept=".pem" onText={setPem} />
                {newest !== undefined && (
                  <button
                    type="button"
                    className="button small"
                    onClick={() => setPem(newest.public_key)}
                  >
                    Use the server’s key
                  </button>
                )}
              </div>
            </div>
          </div>
          <div>
            <button
              type="button"
              className="button primary"
              disabled={text === '' || pem === '' || check.isRunning}
              onClick={() => check.run()}
            >
              Check
            </button>
          </div>
          {check.error !== undefined && (
            <div className="notice bad" role="alert">
              <strong>It can not be checked.</strong>{' '}
              {check.error instanceof Error ? check.error.message : ''}
            </div>
          )}
          {check.result !== undefined && <CheckSteps steps={check.result} />}
        </section>
        <Heads />
      </div>
    </>
  );
}

function FileButton({
  label,
  accept,
  onText,
}: {
  label: string;
  accept: string;
  onText: (text: string) => void;
}) {
  return (
    <label className="button small file-button">
      {label}
      <input
        type="file"
        className="sr-only"
        accept={accept}
        onChange={(event) => void event.target.files?.[0]?.text().then(onText)}
      />
    </label>
  );
}

function Heads() {
  const pages = usePages(['seals'], (client, from) => client.listSeals({ limit: 20, ...from }));
  return (
    <section className="card" aria-label="Signed heads">
      <div className="card-head">
        <h2>Signed heads</h2>
      </div>
      <PagedTable
        pages={pages}
        caption="Signed heads"
        head={
          <>
            <Th>Sealed</Th>
            <Th>Tree</Th>
            <Th isNumber>Size</Th>
            <Th>Root</Th>
            <Th>Key</Th>
          </>
        }
        row={(seal) => (
          <tr key={seal.tree + seal.tree_size}>
            <td className="nowrap">{formatSecond(seal.sealed_at)}</td>
            <td>{seal.tree}</td>
            <td className="num">{seal.tree_size}</td>
            <td>
              <code className="dim">{seal.root_hash.slice(0, 20)}…</code>
            </td>
            <td>
              <code className="dim">{seal.key_id}</code>
            </td>
          </tr>
        )}
        empty={
          <Empty title="Nothing was sealed yet.">
            <p>
              The journal is sealed every hour; an administrator may do it at once on the page of any
              entry.
            </p>
          </Empty>
        }
      />
    </section>
  );
}
