import type { Currency } from '@credit-ledger/sdk';
import { useState } from 'react';
import { useClient } from '../../api/ledger.ts';
import { readAgain, useRead } from '../../api/queries.ts';
import { useMay } from '../../api/session.tsx';
import { formatAmount } from '../../format/amounts.ts';
import { isCurrencyCode } from '../../format/currency.ts';
import { ActButton } from '../../parts/act-button.tsx';
import { Badge } from '../../parts/badge.tsx';
import { TextField } from '../../parts/fields.tsx';
import { Th } from '../../parts/paged-list.tsx';
import { PageHead } from '../../parts/page-head.tsx';
import { Empty, Loaded } from '../../parts/states.tsx';
import { useFilters, useTyped } from '../../parts/use-filters.ts';

const readMax = 5000;
const scaleMax = 12;

/** What accounts can be in: all of ISO 4217, and what was registered beside it. */
export function Currencies() {
  const { get, set } = useFilters();
  const isAdmin = useMay('admin');
  const [text, setText] = useTyped(get('q'), (q) => set({ q }));
  const currencies = useRead(['currencies', 'all'], (client) =>
    client.listCurrencies({ limit: 1000 }).take(readMax),
  );
  const isLike = ({ code }: Currency): boolean => code.includes(get('q').toUpperCase());
  return (
    <>
      <PageHead
        title="Currencies"
        lead="Amounts are whole minor units; the scale says how many decimals they are shown with. A currency stays as it is registered."
      >
        {isAdmin && <NewCurrency />}
      </PageHead>
      <section className="card">
        <div className="filters" role="search">
          <input
            className="input search"
            type="search"
            aria-label="Search currencies"
            placeholder="Code"
            value={text}
            onChange={(event) => setText(event.target.value)}
          />
        </div>
        <Loaded query={currencies} rows={10}>
          {(found) => <CurrencyTable currencies={registeredFirst(found.filter(isLike))} />}
        </Loaded>
      </section>
    </>
  );
}

function registeredFirst(currencies: readonly Currency[]): readonly Currency[] {
  const rank = ({ source }: Currency): number => (source === 'registered' ? 0 : 1);
  return currencies.toSorted((a, b) => rank(a) - rank(b));
}

function CurrencyTable({ currencies }: { currencies: readonly Currency[] }) {
  if (currencies.length === 0) return <Empty title="No currency is like that." />;
  return (
    <div className="table-wrap" tabIndex={0} role="region" aria-label="Currencies">
      <table className="table">
        <caption className="sr-only">Currencies</caption>
        <thead>
          <tr>
            <Th>Code</Th>
            <Th>From</Th>
            <Th isNumber>Scale</Th>
            <Th isNumber>1,234 minor units</Th>
          </tr>
        </thead>
        <tbody>
          {currencies.map(({ code, scale, source }) => (
            <tr key={code}>
              <th scope="row">{code}</th>
              <td>
                {source === 'registered' ? (
                  <Badge state="registered" tone="info" />
                ) : (
                  <span className="dim">ISO 4217</span>
                )}
              </td>
              <td className="num">{scale}</td>
              <td className="num dim">{formatAmount(1234n, scale)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function NewCurrency() {
  const client = useClient();
  const [code, setCode] = useState('');
  const [scale, setScale] = useState('2');
  const isCode = isCurrencyCode(code);
  const isScale = /^\d{1,2}$/.test(scale) && Number(scale) <= scaleMax;
  return (
    <ActButton
      text="New currency"
      asks="New currency"
      act={() => client.registerCurrency({ code, scale: Number(scale) })}
      onDone={() => readAgain('currencies')}
      said={`${code} was registered.`}
      canSubmit={isCode && isScale}
    >
      <TextField
        label="Code"
        value={code}
        error={code === '' || isCode ? undefined : 'A letter, then letters and digits; 3 to 12 in all.'}
        hint="Such as POINTS. Codes of ISO 4217 are there already."
        onChange={(text) => setCode(text.toUpperCase())}
      />
      <TextField
        label="Scale"
        isNumber
        value={scale}
        error={isScale ? undefined : `A whole number from 0 to ${scaleMax}.`}
        hint="How many decimals an amount has: 2 for cents, 0 for none."
        onChange={setScale}
      />
    </ActButton>
  );
}
