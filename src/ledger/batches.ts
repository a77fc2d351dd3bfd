import type { OpenAccountBody } from '@credit-ledger/contract/accounts.ts';
import type { Json, JsonObject } from '@credit-ledger/contract/json.ts';
import { stringifyJson } from '@credit-ledger/contract/json.ts';
import type { TransferBody } from '@credit-ledger/contract/transfers.ts';
import { openAccount } from './accounts.ts';
import type { Item, Outcome, PostTransfers, Refused } from './commands.ts';
import { batchOutcome, problemOf } from './batch-answer.ts';
import { refused, type Context, type Decided } from './decided.ts';
import { Draft } from './draft.ts';
import { decideBound } from './idempotency.ts';
import { refuse } from './refusal.ts';
import { postTransfer } from './transfers.ts';

/**
 * Posts up to 1,000 transfers in one commit, each seeing the ones before it. `batchKey` is the key of the
 * whole.
 */
export function postTransfers(
  context: Context,
  command: PostTransfers,
  batchKey: string | undefined,
): Decided {
  const { mode, items } = command;
  return mode === 'atomic'
    ? postAtomic(context, items, batchKey)
    : postIndependent(context, items, batchKey);
}

/** An item can't have the key of its batch, which is another request. */
function postItem(
  context: Context,
  { body, fingerprint }: Item<TransferBody>,
  batchKey: string | undefined,
): Decided {
  const key = body.idempotencyKey ?? undefined;
  const itemContext = { ...context, fingerprint, key };
  if (key !== undefined && key === batchKey) {
    return refused(refuse('idempotency_key_reused', 'the key is that of the whole batch'));
  }
  return decideBound(itemContext, key, () => postTransfer(itemContext, body));
}

function postIndependent(
  context: Context,
  items: readonly Item<TransferBody>[],
  batchKey: string | undefined,
): Decided {
  return answerBatch(
    context,
    items.map((item) => postItem(context, item, batchKey)),
  );
}

/** All or nothing: the first that is refused names itself, and nothing of the batch is kept but its key. */
function postAtomic(
  context: Context,
  items: readonly Item<TransferBody>[],
  batchKey: string | undefined,
): Decided {
  const draft = new Draft(context.draft, context.draft.inputs);
  const decided: Decided[] = [];
  for (const [index, item] of items.entries()) {
    const one = postItem({ ...context, draft }, item, batchKey);
    if (one.outcome.kind === 'refused') return { outcome: refuseAt(one.outcome, index) };
    decided.push(one);
  }
  draft.mergeInto(context.draft);
  return answerBatch(context, decided);
}

function refuseAt({ refusal }: Refused, index: number): Refused {
  const detail = `transfers[${index}]: ${refusal.detail}`;
  return { kind: 'refused', refusal: { ...refusal, detail, facts: { index, ...refusal.facts } } };
}

function answerBatch(context: Context, decided: readonly Decided[]): Decided {
  const { position } = context.draft;
  const items = decided.map(({ outcome, subject }) => keepItem(outcome, subject));
  return {
    outcome: batchOutcome(
      decided.map((one) => one.outcome),
      position,
    ),
    subject: { kind: 'batch', items: stringifyJson({ items, position }) },
  };
}

/** What a batch's key keeps of an item: the transfer's id, or the refusal that left no transfer. */
function keepItem(outcome: Outcome, subject: Decided['subject']): Json {
  if (subject?.kind === 'transfer') return subject.id;
  if (outcome.kind === 'done') return outcome.transfer?.id ?? null;
  if (outcome.transferId !== undefined) return outcome.transferId;
  return { ...outcome.refusal };
}

/** Opens up to 1,000 accounts in one commit, each with its own result. */
export function openAccounts(context: Context, items: readonly Item<OpenAccountBody>[]): Decided {
  const outcomes = items.map(({ body, fingerprint }) => {
    const itemContext = { ...context, fingerprint };
    return decideBound(
      itemContext,
      undefined,
      () => openAccount(itemContext, body),
      body.id ?? undefined,
    ).outcome;
  });
  const results = outcomes.map((outcome, index): JsonObject =>
    outcome.kind === 'refused'
      ? { index, status: 'REFUSED', error: problemOf(outcome) }
      : { index, status: 'OPENED', account: outcome.body },
  );
  const failed = outcomes.filter((outcome) => outcome.kind === 'refused').length;
  const body = { results, opened: outcomes.length - failed, failed, position: context.draft.position };
  return { outcome: { kind: 'done', status: 200, body } };
}
