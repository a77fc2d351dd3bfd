import { stringifyJson } from '@credit-ledger/contract/json.ts';
import { batchOutcome, replayBatch } from './batch-answer.ts';
import type { Outcome, Refused } from './commands.ts';
import type { Context, Decided } from './decided.ts';
import { answerEntry } from './entries.ts';
import { keyDigest } from './key-digest.ts';
import { refuse } from './refusal.ts';
import { answerTransfer } from './movement.ts';
import { readStoredBatch, readStoredDone, readStoredRefused } from './stored.ts';
import type { BoundKey } from './view.ts';

/**
 * One key, one effect: answers a bound key from what it is bound to, else decides and binds it in the same
 * draft. `accountId` is a client-chosen id of an account, which binds as a key of its own.
 */
export function decideBound(
  context: Context,
  key: string | undefined,
  decideNow: () => Decided,
  accountId?: string,
): Decided {
  const digest = key === undefined ? undefined : keyDigest('key', context.ledger.name, key);
  const idDigest =
    accountId === undefined ? undefined : keyDigest('account', context.ledger.name, accountId);
  const bound = findBound(context, digest);
  if (bound !== undefined) return replay(context, bound, 'idempotency_key_reused');
  const boundId = findBound(context, idDigest);
  const decided = boundId === undefined ? decideNow() : replay(context, boundId, 'account_id_taken');
  if (decided.replayed !== true) {
    if (digest !== undefined) bind(context, digest, decided);
    if (idDigest !== undefined && boundId === undefined && bindsId(decided.outcome))
      bind(context, idDigest, decided);
  }
  return decided;
}

/**
 * The key, where it can be answered from what is known. One whose subject was evicted from memory counts as
 * unknown: the batch call finds it taken, and both are loaded.
 */
function findBound({ draft }: Context, digest: string | undefined): BoundKey | undefined {
  const bound = digest === undefined ? undefined : draft.key(digest);
  if (bound === undefined) return undefined;
  if (bound.kind === 'transfer') return draft.transfer(bound.subject ?? '') && bound;
  if (bound.kind === 'entry') return draft.entry(bound.subject ?? '') && bound;
  if (bound.kind !== 'batch') return bound;
  const { items } = readStoredBatch(bound.answer ?? '');
  return items.every((item) => typeof item !== 'string' || draft.transfer(item) !== undefined)
    ? bound
    : undefined;
}

/**
 * An account's id binds when it is given. Taken, it binds too: then the batch call, which looks for the key
 * of an id that is not known here, finds the request that the id belongs to, and this one is decided again
 * as its replay.
 */
function bindsId(outcome: Outcome): boolean {
  return outcome.kind === 'done' || outcome.refusal.code === 'account_id_taken';
}

function bind({ draft, fingerprint }: Context, digest: string, { outcome, subject }: Decided): void {
  draft.keys.set(digest, { digest, fingerprint, ...keptOf(outcome, subject) });
}

function keptOf(
  outcome: Outcome,
  subject: Decided['subject'],
): Pick<BoundKey, 'kind' | 'subject' | 'answer'> {
  if (subject?.kind === 'batch') return { kind: 'batch', subject: null, answer: subject.items };
  if (subject !== undefined) return { kind: subject.kind, subject: subject.id, answer: null };
  if (outcome.kind === 'refused')
    return { kind: 'refused', subject: null, answer: stringifyJson(keptRefusal(outcome)) };
  const { status, body, location, revision } = outcome;
  return { kind: 'done', subject: null, answer: stringifyJson({ status, location, revision, body }) };
}

function keptRefusal({ refusal, transferId, position }: Refused) {
  return { ...refusal, transfer_id: transferId, position };
}

function replay(
  context: Context,
  bound: BoundKey,
  reused: 'idempotency_key_reused' | 'account_id_taken',
): Decided {
  if (bound.fingerprint !== context.fingerprint) {
    const detail =
      reused === 'account_id_taken' ? 'the account id is taken' : 'the key was used for another request';
    return { outcome: { kind: 'refused', refusal: refuse(reused, detail) } };
  }
  return { outcome: answerBound(context, bound), replayed: true };
}

function answerBound(context: Context, bound: BoundKey): Outcome {
  switch (bound.kind) {
    case 'transfer':
      return answerTransfer(loaded(context.draft.transfer(bound.subject ?? ''), bound));
    case 'entry':
      return answerEntry(loaded(context.draft.entry(bound.subject ?? ''), bound));
    case 'batch': {
      const { items, position } = readStoredBatch(bound.answer ?? '');
      return batchOutcome(replayBatch(context, items), position);
    }
    case 'done':
      return readStoredDone(bound.answer ?? '');
    case 'refused':
      return readStoredRefused(bound.answer ?? '');
  }
}

function loaded<Subject>(subject: Subject | undefined, bound: BoundKey): Subject {
  if (subject === undefined)
    throw new Error(`the ${bound.kind} ${bound.subject} of a key was not loaded`);
  return subject;
}
