import type { Client } from 'pg';
import { beginDatedLimit } from './accounts.ts';
import type { Context } from './decided.ts';
import type { Draft } from './draft.ts';
import { DueQueue, type Due } from './due.ts';
import { expireHold } from './holds.ts';
import type { KnownState } from './known-state.ts';
import { loadNeeds } from './loads.ts';
import { addAccountNeeds, addHoldNeeds, Needs } from './needs.ts';
import { clockOffsetOf, timeIn } from './sandboxes.ts';
import type { AccountSettings } from './state.ts';
import { loadDue } from './tenure.ts';

/** Things that are due, decided in one batch. */
const dueBatchMax = 1000;

/** What came of looking at what is due: decided things, or what has to be loaded before they can be. */
export type DueResult =
  | { readonly kind: 'decided'; readonly done: readonly Due[]; readonly isAll: boolean }
  | { readonly kind: 'load'; readonly needs: Needs };

/**
 * The commands that time gives: expiries of holds and dated limits. Before a command at a time is decided,
 * all that is due by then has been; after a restart too, because what is due is read from the database.
 */
export class DueWork {
  readonly #queue = new DueQueue();
  readonly #state: KnownState;
  #absent: ReadonlySet<string> = new Set();
  #isWhole = true;

  constructor(state: KnownState) {
    this.#state = state;
  }

  /** When the next thing is due, in milliseconds since 1970. */
  get nextAt(): number | undefined {
    return this.#queue.next()?.at;
  }

  /** The queue ran empty, and the database may have more. */
  get wantsRefill(): boolean {
    return this.#queue.size === 0 && !this.#isWhole;
  }

  async refill(client: Client): Promise<void> {
    const dues = await loadDue(client);
    this.#queue.clear();
    this.putBack(dues);
    this.#isWhole = dues.length === 0;
  }

  async load(client: Client, needs: Needs): Promise<void> {
    this.#absent = await loadNeeds(client, this.#state, needs);
  }

  putBack(dues: readonly Due[]): void {
    for (const due of dues) this.#queue.push(due);
  }

  /** Decides everything that is due by the draft's time, up to a batch of it. */
  decide(draft: Draft): DueResult {
    const done: Due[] = [];
    for (;;) {
      const due = this.#queue.next();
      if (due === undefined || due.at > draft.inputs.time) return { kind: 'decided', done, isAll: true };
      if (done.length === dueBatchMax) return { kind: 'decided', done, isAll: false };
      const needs = new Needs();
      (due.kind === 'expiry' ? addHoldNeeds : addAccountNeeds)(needs, draft, this.#absent, due.id);
      if (needs.asked > 0) {
        this.putBack(done);
        return { kind: 'load', needs };
      }
      this.#queue.pop();
      done.push(due);
      if (due.kind === 'expiry') expire(draft, due);
      else this.#beginLimit(draft, due);
    }
  }

  /** Notes what the events of a batch make due later. */
  note(draft: Draft): void {
    for (const event of draft.events) {
      if (event.type === 'TransferHeld' && event.transfer.expiresAt !== null) {
        const { expiresAt, ledger, id } = event.transfer;
        const at = expiresAt - clockOffsetOf(draft.ledger(ledger));
        this.#queue.push({ at, kind: 'expiry', id });
      } else if (event.type === 'AccountUpdated') this.#noteLimit(draft, event.account.settings);
    }
    if ([...draft.changedLedgers].some((name) => clockOffsetOf(draft.ledger(name)) > 0)) this.#forget();
  }

  #beginLimit(draft: Draft, { id }: Due): void {
    const account = draft.account(id);
    const context = account === undefined ? undefined : timeContext(draft, account.settings.ledger);
    if (account === undefined || context === undefined) return;
    beginDatedLimit(context, account);
    this.#noteLimit(draft, draft.account(id)?.settings);
  }

  #noteLimit(draft: Draft, settings: AccountSettings | undefined): void {
    const next = settings?.schedule[0];
    if (settings === undefined || next === undefined) return;
    const at = next.from - clockOffsetOf(draft.ledger(settings.ledger));
    this.#queue.push({ at, kind: 'limit', id: settings.id });
  }

  /** After a clock was moved other things are due: they are read again. */
  #forget(): void {
    this.#queue.clear();
    this.#isWhole = false;
  }
}

function expire(draft: Draft, { id }: Due): void {
  const hold = draft.transfer(id);
  const context = hold === undefined ? undefined : timeContext(draft, hold.ledger);
  if (hold === undefined || context === undefined || hold.status !== 'HELD') return;
  if (hold.expiresAt !== null && hold.expiresAt <= timeIn(context)) expireHold(context, hold);
}

function timeContext(draft: Draft, name: string): Context | undefined {
  const ledger = draft.ledger(name);
  const trace = { traceparent: undefined, correlationId: undefined };
  return ledger === undefined ? undefined : { draft, ledger, fingerprint: '', trace };
}
