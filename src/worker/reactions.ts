import type { FaultCode } from '@credit-ledger/contract/errors.ts';
import type { Refused } from '../ledger/commands.ts';
import { LedgerFault } from '../ledger/fault.ts';

/**
 * Why an attempt has come to nothing. `transient`: it may work later, so it is tried again with backoff, up to
 * the attempts there are. `permanent`: it will not, so the transfer is given up at once.
 */
export type Persistence = 'transient' | 'permanent';

/**
 * The one table of it. `refused` is the ledger's no to the run itself (it knows no such transfer); a rule's no
 * to the transfer is not here, because it is an outcome: the transfer is FAILED, for good.
 */
const persistences: Readonly<Record<FaultCode | 'unreachable' | 'refused', Persistence>> = {
  request_in_progress: 'transient',
  rate_limited: 'transient',
  overloaded: 'transient',
  deadline_exceeded: 'transient',
  ledger_unavailable: 'transient',
  identity_unavailable: 'transient',
  unreachable: 'transient',
  // A bug that this very transfer meets, or one of its moment: more attempts tell.
  internal_error: 'transient',
  refused: 'permanent',
};

/** A failed attempt, as operators see it. */
export interface Failure {
  readonly persistence: Persistence;
  readonly code: string;
  readonly detail: string;
}

function failureOf(code: keyof typeof persistences, detail: string): Failure {
  return { persistence: persistences[code], code, detail };
}

/** What was thrown on the way to the ledger, or by it. */
export function failureOfError(error: unknown): Failure {
  if (error instanceof LedgerFault) return failureOf(error.code, error.message);
  return failureOf('unreachable', error instanceof Error ? messageOf(error) : String(error));
}

export function failureOfRefusal({ refusal }: Refused): Failure {
  return failureOf('refused', `${refusal.code}: ${refusal.detail}`);
}

/** `fetch failed` alone says nothing; its cause does. */
function messageOf({ message, cause }: Error): string {
  return cause instanceof Error ? `${message}: ${cause.message}` : message;
}
