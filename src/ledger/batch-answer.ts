import type { JsonObject } from '@credit-ledger/contract/json.ts';
import { problemDocument } from '@credit-ledger/contract/problem.ts';
import type { Done, Outcome, Refused } from './commands.ts';
import type { Context } from './decided.ts';
import { answerTransfer } from './movement.ts';

/** The answer of a batch from the outcomes of its items, then or on a replay. */
export function batchOutcome(outcomes: readonly Outcome[], position: number): Done {
  const results = outcomes.map(resultOf);
  const failed = outcomes.filter((outcome) => outcome.kind === 'refused').length;
  return {
    kind: 'done',
    status: 200,
    body: { results, posted: outcomes.length - failed, failed, position },
  };
}

function resultOf(outcome: Outcome, index: number): JsonObject {
  if (outcome.kind === 'refused') return { index, status: 'FAILED', error: problemOf(outcome) };
  const made = outcome.transfer?.createdAs;
  const status = made === 'HELD' || made === 'SCHEDULED' ? made : 'POSTED';
  return { index, status, transfer: outcome.body };
}

/** The problem document of an item that was refused. */
export function problemOf({ refusal, transferId, position }: Refused): JsonObject {
  return problemDocument({ ...refusal, transferId, position });
}

/** The outcomes of a kept batch: transfers by their ids as they were created, refusals as they were. */
export function replayBatch(
  context: Context,
  items: readonly (string | Refused['refusal'])[],
): readonly Outcome[] {
  return items.map((item) => {
    if (typeof item !== 'string') return { kind: 'refused', refusal: item };
    const transfer = context.draft.transfer(item);
    if (transfer === undefined) throw new Error(`the transfer ${item} of a batch was not loaded`);
    return answerTransfer(transfer);
  });
}
