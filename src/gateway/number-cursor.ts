import { z } from 'zod';
import { positionPlace, readCursor, writeCursor } from '../ledger/cursor.ts';
import { RequestError } from './request-error.ts';

const place = z.tuple([positionPlace]);

/** The place in a list that goes by a number. @throws {RequestError} invalid_cursor */
export function readNumberCursor(list: string, cursor: string | undefined): number | undefined {
  const found = readCursor([list], cursor, place);
  if (found.kind === 'found') return found.value?.[0];
  const { detail } = found.refusal;
  throw new RequestError('invalid_cursor', detail, {
    errors: [{ pointer: '?cursor', code: 'invalid_cursor', detail }],
  });
}

/** The cursor of the page after the row with this number. */
export function writeNumberCursor(list: string, number: number): string {
  return writeCursor([list], [number]);
}
