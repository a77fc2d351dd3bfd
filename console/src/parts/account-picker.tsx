import type { Account } from '@credit-ledger/sdk';
import { useId, useState } from 'react';
import { useRead } from '../api/queries.ts';
import { Amount } from './amount.tsx';
import { Field } from './fields.tsx';

interface AccountPickerProps {
  readonly label: string;
  readonly value: string;
  readonly error?: string | undefined;
  readonly onChange: (id: string) => void;
}

const foundMax = 8;

export function nameOf({
  name,
  external_id: externalId,
  id,
}: Pick<Account, 'name' | 'external_id' | 'id'>): string {
  return name ?? externalId ?? id;
}

/** An account, found as one types: by name, external id or id. */
export function AccountPicker({ label, value, error, onChange }: AccountPickerProps) {
  const [text, setText] = useState<string>();
  const [at, setAt] = useState(0);
  const list = useId();
  const chosen = useRead(['account', value], (client) => client.readAccount(value), {
    when: value !== '',
  });
  const account = value === '' ? undefined : chosen.data;
  const isOpen = text !== undefined;
  const { data: found = [] } = useRead(
    ['accounts', 'picker', text ?? ''],
    (client) => client.listAccounts({ ...(text ? { q: text } : {}), limit: foundMax }).take(foundMax),
    { when: isOpen },
  );
  const choose = (picked: Account): void => {
    onChange(picked.id);
    setText(undefined);
  };
  const onKey = (event: React.KeyboardEvent): void => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const picked = found[at];
    if (step !== undefined && found.length > 0) {
      event.preventDefault();
      setAt((at + step + found.length) % found.length);
    } else if (event.key === 'Enter' && isOpen && picked !== undefined) {
      event.preventDefault();
      choose(picked);
    } else if (event.key === 'Escape') setText(undefined);
  };
  return (
    <Field label={label} error={error} hint={hintOf(account)}>
      {(aria) => (
        <div className="picker">
          <input
            {...aria}
            className="input"
            role="combobox"
            aria-expanded={isOpen}
            aria-controls={list}
            aria-autocomplete="list"
            aria-activedescendant={isOpen && found.length > 0 ? `${list}-${at}` : undefined}
            autoComplete="off"
            placeholder="Search by name, external id or id"
            value={text ?? (account === undefined ? value : nameOf(account))}
            onFocus={(event) => event.target.select()}
            onChange={(event) => {
              setText(event.target.value);
              setAt(0);
            }}
            onKeyDown={onKey}
            onBlur={() => setText(undefined)}
          />
          {isOpen && (
            <ul id={list} role="listbox" aria-label={`${label}: accounts`} className="picker-list">
              {found.map((item, row) => (
                <li
                  key={item.id}
                  id={`${list}-${row}`}
                  role="option"
                  aria-selected={row === at}
                  onPointerDown={(event) => {
                    event.preventDefault();
                    choose(item);
                  }}
                >
                  <span className="cut">{nameOf(item)}</span>
                  <span className="num dim">
                    <Amount minor={item.balance_minor} currency={item.currency} withCurrency />
                  </span>
                </li>
              ))}
              {found.length === 0 && <li className="dim">No account is like that.</li>}
            </ul>
          )}
        </div>
      )}
    </Field>
  );
}

function hintOf(account: Account | undefined): string | undefined {
  if (account === undefined) return undefined;
  const { external_id: externalId, currency, type, status } = account;
  const words = [
    externalId,
    currency,
    type.toLowerCase(),
    status === 'ACTIVE' ? undefined : status.toLowerCase(),
  ];
  return words.filter((word) => word !== undefined && word !== null).join(' · ');
}
