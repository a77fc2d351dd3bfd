import { toLocalInput } from '../../format/times.ts';

interface Row {
  readonly from: string;
  readonly limit: string;
}

interface LimitScheduleProps {
  readonly rows: readonly Row[];
  readonly error: string | undefined;
  readonly onChange: (rows: readonly Row[]) => void;
}

/** Limits that count from a time on. */
export function LimitSchedule({ rows, error, onChange }: LimitScheduleProps) {
  const replace = (at: number, change: Partial<Row>): void =>
    onChange(rows.map((row, index) => (index === at ? { ...row, ...change } : row)));
  return (
    <fieldset className="wide schedule">
      <legend>Dated limits</legend>
      {rows.map((row, at) => (
        <div key={at} className="schedule-row">
          <input
            type="datetime-local"
            className="input"
            aria-label={`Limit ${at + 1}: from`}
            value={row.from === '' ? '' : toLocalInput(row.from)}
            onChange={(event) =>
              replace(at, {
                from: event.target.value === '' ? '' : new Date(event.target.value).toISOString(),
              })
            }
          />
          <input
            className="input num"
            aria-label={`Limit ${at + 1}: amount`}
            placeholder="no limit"
            value={row.limit}
            onChange={(event) => replace(at, { limit: event.target.value })}
          />
          <button
            type="button"
            className="button quiet"
            onClick={() => onChange(rows.filter((_, index) => index !== at))}
          >
            Remove
          </button>
        </div>
      ))}
      {error !== undefined && <span className="field error">{error}</span>}
      <button
        type="button"
        className="button small"
        onClick={() => onChange([...rows, { from: '', limit: '' }])}
      >
        Add a dated limit
      </button>
    </fieldset>
  );
}
