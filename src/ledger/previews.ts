import { isJsonObject, type Json, type JsonObject } from '@credit-ledger/contract/json.ts';
import { problemOf } from './batch-answer.ts';
import { postTransfers } from './batches.ts';
import type { Outcome, PostEntry, PostTransfer, PostTransfers } from './commands.ts';
import type { Context, Decided } from './decided.ts';
import { Draft } from './draft.ts';
import { postEntry } from './entries.ts';
import { availableOf, balanceOf, type Account } from './state.ts';
import { postTransfer } from './transfers.ts';

type Previewed = PostTransfer | PostTransfers | PostEntry;

/** What a command would do: decided like it, on a draft that is dropped. Keys don't count here. */
export function preview(context: Context, command: Previewed): Decided {
  const draft = new Draft(context.draft, context.draft.inputs);
  const { outcome } = run({ ...context, draft }, command);
  const answer = outcome.kind === 'refused' ? null : outcome.body;
  const body = {
    allowed: !anyFailed(outcome),
    error: outcome.kind === 'refused' ? problemWithoutTransfer(outcome) : null,
    transfer: command.kind === 'post_transfer' ? answer : null,
    entry: command.kind === 'post_entry' ? answer : null,
    results: command.kind === 'post_transfers' ? withoutTransfers(fieldOf(answer, 'results')) : null,
    accounts: outcome.kind === 'refused' ? [] : [...draft.accounts.values()].map(viewPreviewed),
    as_of_position: context.draft.position,
  };
  return { outcome: { kind: 'done', status: 200, body } };
}

function fieldOf(answer: Json, field: string): Json {
  return isJsonObject(answer) ? (answer[field] ?? null) : null;
}

function run(context: Context, command: Previewed): Decided {
  switch (command.kind) {
    case 'post_transfer':
      return postTransfer(context, command.body);
    case 'post_transfers':
      return postTransfers(context, { ...command, items: command.items.map(withoutKey) }, undefined);
    case 'post_entry':
      return postEntry(context, command.body);
  }
}

function withoutKey(item: PostTransfers['items'][number]): PostTransfers['items'][number] {
  return { ...item, body: { ...item.body, idempotencyKey: null } };
}

function anyFailed(outcome: Outcome): boolean {
  if (outcome.kind === 'refused') return true;
  const failed = fieldOf(outcome.body, 'failed');
  return failed !== null && failed !== 0;
}

/** The items of a previewed batch: what is refused leaves no transfer to name. */
function withoutTransfers(results: Json): Json {
  if (!Array.isArray(results)) return null;
  return results.filter(isJsonObject).map((result) => {
    const { error } = result;
    if (error === undefined || !isJsonObject(error)) return result;
    return { ...result, error: { ...error, transfer_id: undefined, position: undefined } };
  });
}

/** A preview stores nothing, so its problem names no transfer and no position. */
function problemWithoutTransfer(outcome: Outcome & { kind: 'refused' }): JsonObject {
  return problemOf({ kind: 'refused', refusal: outcome.refusal });
}

function viewPreviewed(account: Account): JsonObject {
  return {
    id: account.settings.id,
    currency: account.settings.currency,
    status: account.settings.status,
    balance_minor: balanceOf(account),
    held_minor: account.held,
    incoming_minor: account.incoming,
    available_minor: availableOf(account),
    version: account.version,
  };
}
