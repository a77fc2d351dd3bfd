import { createHash } from 'node:crypto';
import { readTime } from '@credit-ledger/contract/times.ts';
import { z } from 'zod';
import { found, noAnswer, type Answer } from './read-answer.ts';

/**
 * Parts of places, bounded as the columns are: a cursor that was changed by hand is refused and not run.
 */
export const timePlace = z
  .int()
  .min(readTime('0001-01-01T00:00:00Z') ?? 0)
  .max(readTime('9999-12-31T23:59:59.999Z') ?? 0);
export const positionPlace = z.int().min(0);
export const smallPlace = z.int().min(0).max(32_767);
/** Of lists that are in the order of a name. */
export const namePlace = z.tuple([z.string()]);

/** What a cursor belongs to: the list, its ledger, its filters and its order, as plain values. */
export type CursorScope = readonly (string | number | boolean | null | undefined)[];

/** An opaque cursor that names a place in the list of this scope. */
export function writeCursor(scope: CursorScope, place: readonly (string | number)[]): string {
  return Buffer.from(JSON.stringify([digestOf(scope, place), ...place])).toString('base64url');
}

/**
 * Reads the place a cursor names; undefined where there is no cursor.
 * Refused with `invalid_cursor` where the text is none of ours or belongs to another list, ledger,
 * filter or order.
 */
export function readCursor<Place>(
  scope: CursorScope,
  text: string | undefined,
  shape: z.ZodType<Place>,
): Answer<Place | undefined> {
  if (text === undefined) return found(undefined);
  const [digest, ...place] = parseList(Buffer.from(text, 'base64url').toString());
  const parsed = shape.safeParse(place);
  if (digest === digestOf(scope, place) && parsed.success) return found(parsed.data);
  return noAnswer(
    'invalid_cursor',
    'The cursor belongs to another list, ledger, filter or order, or was changed',
  );
}

/** Of scope and place: a cursor with a flipped bit is refused rather than followed. */
function digestOf(scope: CursorScope, place: readonly unknown[]): string {
  const text = JSON.stringify([scope.map((value) => value ?? null), place]);
  return createHash('sha256').update(text).digest('base64url').slice(0, 16);
}

function parseList(text: string): readonly unknown[] {
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) ? value : [];
  } catch {
    return [];
  }
}
