import { hash } from 'node:crypto';
import type { ClosePeriodBody } from '@credit-ledger/contract/periods.ts';
import { formatTime } from '@credit-ledger/contract/times.ts';
import { refused, type Context, type Decided } from './decided.ts';
import { refuse, type Refusal } from './refusal.ts';
import { timeIn } from './sandboxes.ts';
import type { Ledger } from './state.ts';

/** A close of a ledger's books up to a time. Times are milliseconds since 1970. */
export interface PeriodClose {
  readonly ledger: string;
  /** From 1, dense. */
  readonly number: number;
  /** Nothing counts before it any more. */
  readonly endsAt: number;
  readonly closedAt: number;
  /** Of the log at the close: every entry up to it counts, none after it. */
  readonly position: number;
  /** The number and the hash of the journal's last entry at the close. */
  readonly entryCount: number;
  readonly headHash: string;
  readonly description: string | null;
  /** Of the close before, 64 zeros for the first. */
  readonly previousHash: string;
  readonly hash: string;
}

/** Closes a ledger up to a time that has passed and is later than that of the close before. */
export function closePeriod(
  { draft }: Context,
  name: string,
  { ends_at: endsAt, description }: ClosePeriodBody,
): Decided {
  const ledger = draft.ledger(name);
  if (ledger === undefined) return refused(refuse('ledger_not_found', `there is no ledger ${name}`));
  const refusal = judgeClose(ledger, endsAt, timeIn({ draft, ledger }));
  if (refusal !== undefined) return refused(refusal);
  const unhashed = {
    ledger: name,
    number: ledger.periods.count + 1,
    endsAt,
    closedAt: draft.inputs.time,
    position: draft.position,
    entryCount: ledger.entryCount,
    headHash: ledger.headHash,
    description: description ?? null,
    previousHash: ledger.periods.hash,
  };
  const close: PeriodClose = { ...unhashed, hash: hashClose(unhashed) };
  draft.periodCloses.push(close);
  draft.ledgers.set(name, {
    ...ledger,
    periods: { count: close.number, closedUntil: endsAt, hash: close.hash },
  });
  const location = `/v1/ledgers/${name}/periods/${close.number}`;
  return { outcome: { kind: 'done', status: 201, body: viewClose(close), location } };
}

function judgeClose(ledger: Ledger, endsAt: number, time: number): Refusal | undefined {
  const ends_at = formatTime(endsAt);
  if (endsAt > time) return refuse('period_not_over', `${ends_at} has not come`, { ends_at });
  const { closedUntil } = ledger.periods;
  if (closedUntil === null || endsAt > closedUntil) return undefined;
  const closed_until = formatTime(closedUntil);
  return refuse('period_already_closed', `${ledger.name} is closed until ${closed_until}`, {
    closed_until,
  });
}

/** `period_closed`: nothing counts before the last close, unless it is marked as adjusting. */
export function judgePeriod(
  { periods }: Ledger,
  effectiveAt: number | null | undefined,
  isAdjusting = false,
): Refusal | undefined {
  const { closedUntil } = periods;
  if (closedUntil === null || effectiveAt === null || effectiveAt === undefined) return undefined;
  if (effectiveAt >= closedUntil || isAdjusting) return undefined;
  const effective_at = formatTime(effectiveAt);
  const closed_until = formatTime(closedUntil);
  return refuse(
    'period_closed',
    `${effective_at} is before ${closed_until}, the end of the last close`,
    {
      effective_at,
      closed_until,
    },
  );
}

/** SHA-256 of a JSON array of strings, which is its own canonical form (docs/journal-format.md). */
export function hashClose(close: Omit<PeriodClose, 'hash' | 'description'>): string {
  const fields = [
    'credit-ledger/period/1',
    close.previousHash,
    close.ledger,
    String(close.number),
    formatTime(close.endsAt),
    formatTime(close.closedAt),
    String(close.position),
    String(close.entryCount),
    close.headHash,
  ];
  return hash('sha256', JSON.stringify(fields), 'hex');
}

/** The close as the API shows it, before its trial balance is made. */
export function viewClose(close: PeriodClose) {
  return {
    ledger: close.ledger,
    number: close.number,
    ends_at: formatTime(close.endsAt),
    closed_at: formatTime(close.closedAt),
    position: close.position,
    entry_count: close.entryCount,
    head_hash: close.headHash,
    description: close.description,
    previous_hash: close.previousHash,
    hash: close.hash,
    trial_balance: null,
  };
}
