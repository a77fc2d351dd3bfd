/** What passes by itself when the database is well again; everything else fails the same way every time. */
const passingState = /^(08|40|53|55|57|58|XX)|^25006$/;
const passingCode = /^(ECONNREFUSED|ECONNRESET|ENOENT|EPIPE|ETIMEDOUT|EAI_AGAIN|ENOTFOUND)$/;
const passingText =
  /^(Connection terminated|timeout exceeded when trying to connect|Client has encountered|Client was closed)/;

/** The operator asked for a pause, or the projection stopped itself: no fault, and not to be tried again. */
export class NotRunning extends Error {
  override readonly name = 'NotRunning';
}

/** The database of the read models was set back, and what it lacks was already taken from the broker. */
export class CheckpointLost extends Error {
  override readonly name = 'CheckpointLost';
}

/** So many events are parked for the same reason that it is not theirs. */
export class TooManyParked extends Error {
  override readonly name = 'TooManyParked';
}

/**
 * Whether an error is of the infrastructure, and the same work may succeed later. Anything else is
 * determined by the event and the program: trying again changes nothing.
 */
export function isPassing(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (passingText.test(error.message)) return true;
  if (!('code' in error) || typeof error.code !== 'string') return false;
  return error.code.length === 5 && /^[0-9A-Z]{5}$/.test(error.code) && !passingCode.test(error.code)
    ? passingState.test(error.code)
    : passingCode.test(error.code);
}
