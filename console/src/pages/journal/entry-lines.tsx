import { AccountPicker } from '../../parts/account-picker.tsx';
import { Amount } from '../../parts/amount.tsx';
import { Badge } from '../../parts/badge.tsx';
import { SelectField, TextField } from '../../parts/fields.tsx';
import type { EntryDraft, LineTexts, Sum } from './entry-draft.ts';

export const sides = [
  ['DEBIT', 'Debit'],
  ['CREDIT', 'Credit'],
] as const;

export const emptyLine: LineTexts = { account: '', side: 'DEBIT', amount: '' };

interface EntryLinesProps {
  readonly lines: readonly LineTexts[];
  readonly errors: EntryDraft['lineErrors'];
  readonly onChange: (lines: readonly LineTexts[]) => void;
}

/** The lines of an entry, and what they come to. */
export function EntryLineFields({ lines, errors, onChange }: EntryLinesProps) {
  const replace = (at: number, change: Partial<LineTexts>): void =>
    onChange(lines.map((line, index) => (index === at ? { ...line, ...change } : line)));
  return (
    <div className="wide stack entry-lines">
      {lines.map((line, at) => (
        <div key={at} className="entry-line" role="group" aria-label={`Line ${at + 1}`}>
          <AccountPicker
            label={`Line ${at + 1}: account`}
            value={line.account}
            error={errors[at]?.account}
            onChange={(account) => replace(at, { account })}
          />
          <SelectField
            label="Side"
            value={line.side}
            options={sides}
            onChange={(side) => replace(at, { side })}
          />
          <TextField
            label="Amount"
            isNumber
            value={line.amount}
            error={errors[at]?.amount}
            onChange={(amount) => replace(at, { amount })}
          />
          <button
            type="button"
            className="button quiet"
            aria-label={`Remove line ${at + 1}`}
            disabled={lines.length <= 2}
            onClick={() => onChange(lines.filter((_, index) => index !== at))}
          >
            Remove
          </button>
        </div>
      ))}
      <div>
        <button type="button" className="button small" onClick={() => onChange([...lines, emptyLine])}>
          Add a line
        </button>
      </div>
    </div>
  );
}

/** Debits and credits of each currency, side by side. */
export function EntrySums({ sums }: { sums: readonly Sum[] }) {
  if (sums.length === 0) return null;
  return (
    <ul className="wide entry-sums" aria-label="Sums">
      {sums.map(({ currency, debits, credits }) => (
        <li key={currency}>
          <span>
            <span className="dim">Debits</span>{' '}
            <Amount minor={debits} currency={currency} withCurrency />
          </span>
          <span>
            <span className="dim">Credits</span>{' '}
            <Amount minor={credits} currency={currency} withCurrency />
          </span>
          {debits === credits ? (
            <Badge state="ok" text="equal" />
          ) : (
            <span className="badge warn">
              apart by&nbsp;
              <Amount
                minor={debits > credits ? debits - credits : credits - debits}
                currency={currency}
              />
            </span>
          )}
        </li>
      ))}
    </ul>
  );
}
