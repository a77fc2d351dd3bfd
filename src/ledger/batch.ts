import type { LedgerAnswer } from './commands.ts';
import type { Draft } from './draft.ts';
import type { Due } from './due.ts';
import type { Pending } from './pending.ts';
import type { BatchSpans } from './traced-batch.ts';

/** A command's decision, kept back until all that it rests on is committed. */
export interface Decided {
  readonly pending: Pending;
  readonly answer: LedgerAnswer;
}

/** A batch from its sealing until PostgreSQL answered. */
export interface Batch {
  readonly epoch: number;
  readonly number: number;
  readonly draft: Draft;
  /** Its own commands, then those that wrote nothing but were decided on it. */
  readonly decided: Decided[];
  readonly due: readonly Due[];
  readonly sentAt: number;
  /** Where a command of it is traced. */
  readonly spans: BatchSpans | undefined;
}

/** Whether a draft has anything to write. */
export function isWritten(draft: Draft): boolean {
  return draft.events.length + draft.keys.size + draft.changedLedgers.size + draft.currencies.size > 0;
}

/** What tells whether the batch is committed, asked after its connection was lost. */
export function doubtOf({ epoch, number, draft }: Batch) {
  const [firstKey] = draft.keys.keys();
  return { epoch, number, firstPosition: draft.events[0]?.position, firstKey };
}

/** Gives the answers that rested on the batch. */
export function answerAll(batch: Batch): void {
  for (const { pending, answer } of batch.decided) pending.answer(answer);
}

/** The id of a ledger by its name, also of one that the batch itself makes. */
export function ledgerIdIn(draft: Draft, name: string): number {
  const ledger = draft.ledger(name);
  if (ledger === undefined)
    throw new Error(`the ledger ${name} was not known when its batch was written`);
  return ledger.id;
}
