import { errorRow, type ReadErrorCode, type RefusalCode } from '@credit-ledger/contract/errors.ts';
import type { JsonObject } from '@credit-ledger/contract/json.ts';
import type { ClientBase } from 'pg';

/** What readers ask: a pool, or one connection. */
export type Queryable = Pick<ClientBase, 'query'>;

/** A question that has no answer, and why; `facts` name what was asked for. */
export interface ReadRefusal {
  readonly code: ReadErrorCode | RefusalCode | 'invalid_cursor';
  readonly status: number;
  readonly detail: string;
  readonly facts: JsonObject;
}

/** What a reader answers: what it found, or why it can't say. */
export type Answer<T> =
  | { readonly kind: 'found'; readonly value: T }
  | { readonly kind: 'refused'; readonly refusal: ReadRefusal };

/** One page of a list; `nextCursor` is null on the last. */
export interface Page<T> {
  readonly data: readonly T[];
  readonly nextCursor: string | null;
}

/** Which page: at most `limit` rows (1 to 1000) after the place that `cursor` names. */
export interface PageRequest {
  readonly limit: number;
  readonly cursor: string | undefined;
}

export function found<T>(value: T): Answer<T> {
  return { kind: 'found', value };
}

/** No answer, with the code's own status or the one given. */
export function noAnswer(
  code: ReadRefusal['code'],
  detail: string,
  facts: JsonObject = {},
  status = errorRow(code).status,
): { readonly kind: 'refused'; readonly refusal: ReadRefusal } {
  return { kind: 'refused', refusal: { code, status, detail, facts } };
}

/** Cuts what was read with one row too many to a page whose cursor names its last row. */
export function toPage<T>(rows: readonly T[], limit: number, cursorOf: (last: T) => string): Page<T> {
  const data = rows.slice(0, limit);
  const last = data.at(-1);
  return { data, nextCursor: rows.length > limit && last !== undefined ? cursorOf(last) : null };
}
