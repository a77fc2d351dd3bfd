/**
 * What a batch's failure means, by SQLSTATE. The call is one implicit transaction, so an error that
 * PostgreSQL reports has written nothing.
 *
 * - `again`: a passing state of the server; decide again.
 * - `narrow`: the batch holds something that PostgreSQL will never take; find it by halves.
 * - `hold`: the disk is full or failing; stop writing, stay readable, probe.
 * - `reconnect`: the session, the server or the tenure is gone; what is in flight is in doubt.
 */
export type Reaction = 'again' | 'narrow' | 'hold' | 'reconnect';

const reactions: Readonly<Record<string, Reaction>> = {
  '40001': 'again',
  '40P01': 'again',
  '55P03': 'again',
  '57014': 'again',
  '53200': 'again',
  '53100': 'hold',
  '58030': 'hold',
  XX001: 'hold',
  XX002: 'hold',
  CL001: 'reconnect',
  '25006': 'reconnect',
  '26000': 'reconnect',
};

/** Classes of errors about the data or the statement itself. */
const narrowClasses = new Set(['22', '23', '21', '42', '54', 'P0', 'XX', '0A']);

export function reactionTo(sqlState: string | undefined): Reaction {
  if (sqlState === undefined) return 'reconnect';
  return reactions[sqlState] ?? (narrowClasses.has(sqlState.slice(0, 2)) ? 'narrow' : 'reconnect');
}
