import { z } from 'zod';

const shape = /^(\d{4})-(\d\d)-(\d\d)[Tt](\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?([Zz]|[+-]\d\d:\d\d)$/;
const minuteMs = 60_000;

/**
 * Reads an RFC 3339 time with its offset, strictly: no rolled-over dates, no leap seconds, years 0001 to
 * 9999.
 * @returns milliseconds since 1970 (finer digits are cut off), or undefined.
 */
export function readTime(text: string): number | undefined {
  const match = shape.exec(text);
  if (match === null) return undefined;
  const [, year, month, day, hour, minute, second, fraction = '', zone = 'Z'] = match;
  const offset = readOffset(zone);
  if (offset === undefined || Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59)
    return undefined;
  const local = `${year}-${month}-${day}T${hour}:${minute}:${second}.${fraction.padEnd(3, '0').slice(0, 3)}Z`;
  const time = Date.parse(local);
  if (Number.isNaN(time) || new Date(time).toISOString() !== local) return undefined;
  const utc = time - offset;
  return utc >= yearFirst && utc <= yearLast ? utc : undefined;
}

const yearFirst = Date.parse('0001-01-01T00:00:00.000Z');
const yearLast = Date.parse('9999-12-31T23:59:59.999Z');

function readOffset(zone: string): number | undefined {
  if (zone === 'Z' || zone === 'z') return 0;
  const hours = Number(zone.slice(1, 3));
  const minutes = Number(zone.slice(4, 6));
  if (hours > 23 || minutes > 59) return undefined;
  return (zone.startsWith('-') ? -1 : 1) * (hours * 60 + minutes) * minuteMs;
}

/** Milliseconds since 1970 as RFC 3339 in UTC, to the millisecond. */
let lastTime = 0;
let lastText = new Date(0).toISOString();

export function formatTime(time: number): string {
  if (time === lastTime) return lastText;
  lastTime = time;
  lastText = new Date(time).toISOString();
  return lastText;
}

/** A time in a request: RFC 3339 with an offset, parsed to milliseconds since 1970. */
export const timeIn = z
  .string()
  .transform((text, context): number => {
    const time = readTime(text);
    if (time !== undefined) return time;
    context.addIssue({ code: 'custom', message: 'must be an existing RFC 3339 time with an offset' });
    return z.NEVER;
  })
  .meta({ format: 'date-time', description: 'RFC 3339 with an offset, kept to the millisecond' });

/** A time in an answer: RFC 3339 in UTC with `Z`. */
export const timeOut = z.string().meta({ format: 'date-time' });
