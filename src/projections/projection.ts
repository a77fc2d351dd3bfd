import type { DecodedEvent } from './decoded-event.ts';

/** What a batch does to one table: a statement prepared under its name, or rows that are copied into it. */
export type Effect =
  | {
      readonly kind: 'query';
      readonly name: string;
      readonly text: string;
      /** One array for each column. */
      readonly values: unknown[];
    }
  | { readonly kind: 'copy'; readonly text: string; readonly data: Buffer };

/**
 * Which tables are meant: those in use, or the next ones that a rebuild fills beside them; in bulk while
 * they have no keys yet.
 */
export type Target = 'in use' | 'next' | 'bulk';

/** How the names of the target's tables end. */
export function suffixOf(target: Target): '' | '_next' {
  return target === 'in use' ? '' : '_next';
}

/** A table of a projection, and how two generations of it are compared. */
export interface ProjectionTable {
  readonly name: string;
  /** Identify a row. */
  readonly keys: readonly string[];
  /** Have to be equal in both generations. */
  readonly compared: readonly string[];
  /** Summed for the report. */
  readonly sums: readonly string[];
  /**
   * Rows are only added here, so a rebuild can do without the key while it loads in bulk: each event has rows of its own,
   * or `beforeKeys` makes one of those that have the same key.
   */
  readonly isAppended?: true;
}

/** How the rows of one account are made again by themselves. */
export interface AccountRows {
  /** Which events make them: those that show the account, or all of the transfers it has a part in. */
  readonly from: 'account' | 'transfers';
  /** Statements that take them away; `$1` is the account, or the array of those transfers. */
  readonly delete: readonly string[];
  /** Where events change rows of others too, that must not change again. */
  readonly fold?: (events: readonly DecodedEvent[], account: string) => Effect[];
}

export interface Projection {
  readonly name: ProjectionName;
  /** Raised when what it makes of an event changes. */
  readonly version: number;
  readonly tables: readonly ProjectionTable[];
  /** Whether an event may be applied again: then a replay from any position is harmless. */
  readonly isIdempotent: boolean;
  readonly account: AccountRows;
  /** What a batch of events, that arrived at this time, changes; at most one statement a table. */
  fold(events: readonly DecodedEvent[], target: Target, arrivedAt: number): Effect[];
  /** What a rebuild does to tables loaded in bulk before they get their keys. */
  readonly beforeKeys?: string;
  /** What a rebuild makes from its other tables once they are loaded in bulk and have their keys. */
  readonly afterBulk?: string;
}

export const projectionNames = [
  'balances',
  'statements',
  'daily_balances',
  'transfer_timeline',
  'transfers',
] as const;
export type ProjectionName = (typeof projectionNames)[number];

/** An absent text of an event. */
export function textOrNull(text: string): string | null {
  return text === '' ? null : text;
}
