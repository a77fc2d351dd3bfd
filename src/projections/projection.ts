import { formatTime } from '@credit-ledger/contract/times.ts';
import type { DecodedEvent } from './decoded-event.ts';

/** One statement of a batch: prepared under its name, with one array for each column. */
export interface Effect {
  readonly name: string;
  readonly text: string;
  readonly values: unknown[];
}

/**
 * Which generation of the tables is meant: those in use, or the next ones that a rebuild fills beside them.
 */
export type Suffix = '' | '_next';

/** A table of a projection, and how two generations of it are compared. */
export interface ProjectionTable {
  readonly name: string;
  /** Identify a row. */
  readonly keys: readonly string[];
  /** Have to be equal in both generations. */
  readonly compared: readonly string[];
  /** Summed for the report. */
  readonly sums: readonly string[];
  /** Each event has rows of its own here, so a rebuild can do without the key until all is loaded. */
  readonly isAppended?: true;
}

export interface Projection {
  readonly name: ProjectionName;
  /** Raised when what it makes of an event changes. */
  readonly version: number;
  readonly tables: readonly ProjectionTable[];
  /** Whether an event may be applied again: then a replay from any position is harmless. */
  readonly isIdempotent: boolean;
  /** Whether its rows belong to accounts, so that one account can be made again by itself. */
  readonly deleteAccount: readonly string[] | undefined;
  /** What a batch of events, that arrived at this time, changes; at most one statement a table. */
  fold(events: readonly DecodedEvent[], suffix: Suffix, arrivedAt: number): Effect[];
}

export const projectionNames = [
  'balances',
  'statements',
  'daily_balances',
  'transfer_timeline',
] as const;
export type ProjectionName = (typeof projectionNames)[number];

/** An absent text of an event. */
export function textOrNull(text: string): string | null {
  return text === '' ? null : text;
}

/** Milliseconds since 1970 as PostgreSQL reads a timestamptz in an array. */
export function timeText(ms: number | bigint): string {
  return formatTime(Number(ms));
}
