import type { Preview, PreviewBody } from '@credit-ledger/sdk';
import { useEffect, useState } from 'react';
import { useRead } from '../../api/queries.ts';
import { useAccountNamed } from '../../api/account-names.ts';
import { Amount } from '../../parts/amount.tsx';
import { AccountName } from '../../parts/account-link.tsx';
import { toJson } from '../../parts/copy.tsx';
import { RefusalWords } from '../../parts/refusal.tsx';
import { Failure } from '../../parts/states.tsx';

const typingMs = 220;

/** A value once it has not changed for a while. */
function useSettled<Value>(value: Value, key: string): Value {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), typingMs);
    return () => clearTimeout(timer);
    // The key stands for the value.
    // oxlint-disable-next-line react-hooks/exhaustive-deps
  }, [key]);
  return settled;
}

/** What the ledger would do with the request at this moment; nothing is stored. */
export function LivePreview({ body, asks }: { body: PreviewBody | undefined; asks: string }) {
  const settled = useSettled(body, toJson(body ?? null));
  const preview = useRead(
    ['preview', toJson(settled ?? null)],
    (client) => client.preview(settled ?? fail()),
    {
      when: settled !== undefined,
    },
  );
  const shown = body === undefined ? undefined : preview.data;
  return (
    <section className="card" aria-label="Preview" aria-live="polite">
      <div className="card-head">
        <h2>Preview</h2>
      </div>
      <div className="card-body preview">
        {body === undefined && <p className="dim">{asks}</p>}
        {body !== undefined && preview.error !== null && <Failure error={preview.error} />}
        {shown !== undefined && <PreviewResult preview={shown} />}
      </div>
    </section>
  );
}

function fail(): never {
  throw new Error('nothing is asked before there is something to ask');
}

function PreviewResult({ preview: { allowed, error, accounts } }: { preview: Preview }) {
  return (
    <>
      {error !== null && (
        <div className="notice bad">
          <strong>It would be refused: {error.title.toLowerCase()}.</strong>{' '}
          <RefusalWords code={error.code} detail={error.detail} />
        </div>
      )}
      {allowed && <div className="notice good">The ledger would accept it.</div>}
      {accounts.map((after) => (
        <AccountAfter key={after.id} after={after} />
      ))}
    </>
  );
}

/** An account before and after. */
function AccountAfter({ after }: { after: Preview['accounts'][number] }) {
  const before = useAccountNamed(after.id);
  const { data: now = before } = useRead(['account', after.id], (client) =>
    client.readAccount(after.id),
  );
  const rows = [
    ['Balance', now?.balance_minor, after.balance_minor],
    ['Held', now?.held_minor, after.held_minor],
    [
      'Available',
      now?.credit_limit_minor === null ? undefined : now?.available_minor,
      after.available_minor,
    ],
  ] as const;
  return (
    <div>
      <h3>
        <AccountName id={after.id} />
      </h3>
      <table className="table small">
        <caption className="sr-only">Before and after</caption>
        <tbody>
          {rows.map(([name, was, is]) =>
            was === undefined || (name === 'Held' && was === 0n && is === 0n) ? null : (
              <tr key={name}>
                <th scope="row">{name}</th>
                <td className="num dim">
                  <Amount minor={was} currency={after.currency} />
                </td>
                <td className="dim" aria-label="becomes">
                  →
                </td>
                <td className={`num${was === is ? ' dim' : ''}`}>
                  <Amount minor={is} currency={after.currency} />
                </td>
              </tr>
            ),
          )}
        </tbody>
      </table>
    </div>
  );
}
