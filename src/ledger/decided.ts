import type { Outcome } from './commands.ts';
import type { Draft } from './draft.ts';
import type { Trace } from './events.ts';
import type { Refusal } from './refusal.ts';
import type { Ledger } from './state.ts';

/** What a decision is made with: the draft it writes to, the ledger it is about, the request's marks. */
export interface Context {
  readonly draft: Draft;
  readonly ledger: Ledger;
  readonly fingerprint: string;
  /** The caller's `Idempotency-Key`. */
  readonly key?: string | undefined;
  readonly trace: Trace;
}

/** What a key is answered from later; without a subject the answer itself is kept. */
export type Subject =
  | { readonly kind: 'transfer' | 'entry'; readonly id: string }
  | { readonly kind: 'batch'; readonly items: string };

/** A decision: what to answer, whether it was made before, and what keeps its answer. */
export interface Decided {
  readonly outcome: Outcome;
  readonly replayed?: boolean;
  readonly subject?: Subject;
}

/** The ledger with the journal's end as this draft left it. */
export function currentLedger({ draft, ledger }: Context): Ledger {
  return draft.ledger(ledger.name) ?? ledger;
}

/** A refusal that leaves no transfer. */
export function refused(refusal: Refusal): Decided {
  return { outcome: { kind: 'refused', refusal } };
}
