import type { Command, LedgerAnswer, LedgerRequest } from './commands.ts';
import { openAccount, updateAccount } from './accounts.ts';
import { openAccounts, postTransfers } from './batches.ts';
import type { Context, Decided } from './decided.ts';
import { cancelTransfer, giveUpTransfer, redriveTransfer, runTransfer } from './deferred-transfers.ts';
import { Draft } from './draft.ts';
import { postEntry } from './entries.ts';
import { expireIfDue, settleHold, voidHold } from './holds.ts';
import { decideBound } from './idempotency.ts';
import { announce, createLedger, registerCurrency, updateLedger } from './ledgers.ts';
import { closePeriod } from './periods.ts';
import { preview } from './previews.ts';
import { refuse } from './refusal.ts';
import { moveClock, resetSandbox } from './sandboxes.ts';
import { reverseEntry, reverseTransfer } from './reversals.ts';
import { postExternal, postTransfer } from './transfers.ts';
import type { Inputs, View } from './view.ts';

/** An answer, with the changes it rests on. */
export interface Decision {
  readonly answer: LedgerAnswer;
  readonly changes: Draft;
}

/**
 * The pure core: what a request does to the state that `view` shows, and what to answer. Nothing is read
 * but the arguments, nothing is written but the returned draft; the same arguments give the same decision.
 */
export function decide(view: View, request: LedgerRequest, inputs: Inputs): Decision {
  const changes = new Draft(view, inputs);
  return { answer: decideOn(changes, request), changes };
}

/** Decides on a draft that other decisions may have written to before: how the writer decides a batch. */
export function decideOn(draft: Draft, request: LedgerRequest): LedgerAnswer {
  const ledger = draft.ledger(request.ledger);
  if (ledger === undefined) {
    const refusal = refuse('ledger_not_found', `there is no ledger ${request.ledger}`);
    return { kind: 'refused', refusal, replayed: false };
  }
  const { fingerprint, traceparent, correlationId, command, key } = request;
  const trace = { traceparent, correlationId };
  const context: Context = { draft, ledger, fingerprint, key, trace };
  const decided = decideBound(
    context,
    key,
    () => dispatch(context, command, key),
    chosenAccountId(command),
  );
  return { ...decided.outcome, replayed: decided.replayed === true };
}

function chosenAccountId(command: Command): string | undefined {
  return command.kind === 'open_account' ? (command.body.id ?? undefined) : undefined;
}

function dispatch(context: Context, command: Command, key: string | undefined): Decided {
  switch (command.kind) {
    case 'open_account':
      return openAccount(context, command.body);
    case 'open_accounts':
      return openAccounts(context, command.items);
    case 'update_account':
      return updateAccount(context, command.account, command.body, command.ifMatch);
    case 'post_transfer':
      return postTransfer(context, command.body, command.respondAsync);
    case 'post_transfers':
      return postTransfers(context, command, key);
    case 'deposit':
    case 'withdraw':
      return postExternal(context, command.kind, command.account, command.body);
    case 'settle_hold':
      return settleHold(context, command.transfer, command.body);
    case 'void_hold':
      return voidHold(context, command.transfer);
    case 'expire_hold':
      return expireIfDue(context, command.transfer);
    case 'cancel_transfer':
      return cancelTransfer(context, command.transfer);
    case 'run_transfer':
      return runTransfer(context, command.transfer);
    case 'give_up_transfer':
      return giveUpTransfer(context, command);
    case 'redrive_transfer':
      return redriveTransfer(context, command.transfer);
    case 'reverse_transfer':
      return reverseTransfer(context, command.transfer, command.body);
    case 'post_entry':
      return postEntry(context, command.body);
    case 'reverse_entry':
      return reverseEntry(context, command.entry, command.body);
    case 'preview':
      return preview(context, command.command);
    case 'create_ledger':
      return createLedger(context, command.body);
    case 'update_ledger':
      return updateLedger(context, command.name, command.body);
    case 'reset_ledger':
      return resetSandbox(context, command.name);
    case 'move_clock':
      return moveClock(context, command.name, command.body);
    case 'close_period':
      return closePeriod(context, command.name, command.body);
    case 'register_currency':
      return registerCurrency(context, command.body);
    case 'announce':
      return announce(context, command.news);
  }
}
