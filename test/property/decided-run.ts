import { beginDatedLimit } from '../../src/ledger/accounts.ts';
import type { LedgerAnswer, LedgerRequest } from '../../src/ledger/commands.ts';
import { decideOn } from '../../src/ledger/decide.ts';
import { Draft } from '../../src/ledger/draft.ts';
import { expireHold } from '../../src/ledger/holds.ts';
import { emptyView } from '../support/empty-view.ts';

/** A request and when it comes. */
export interface Timed {
  readonly request: LedgerRequest;
  readonly time: number;
}

/** What came of a request: its answer and, where each has a draft of its own, what it wrote. */
export interface Step {
  readonly answer: LedgerAnswer;
  readonly changes: Draft;
}

interface Due {
  readonly at: number;
  readonly kind: 'expiry' | 'limit';
  readonly id: string;
}

const trace = { traceparent: undefined, correlationId: undefined };

/** The product's side of a run: everything that is decided ends up in `state`, as if it were the database. */
export class DecidedRun {
  readonly state: Draft;
  #dues: Due[] = [];
  #minted = 0;
  #eventsSeen = 0;

  constructor(time: number) {
    this.state = new Draft(emptyView(time), this.#inputs(time));
  }

  #inputs(time: number) {
    return {
      time,
      mintId: () => {
        this.#minted += 1;
        return `22222222-0000-7000-8000-${String(this.#minted).padStart(12, '0')}`;
      },
    };
  }

  /** Decides one request on a draft of its own and merges it, after what is due by then. */
  step({ request, time }: Timed): Step {
    const draft = new Draft(this.state, this.#inputs(time));
    this.#decideDue(draft, time);
    draft.mergeInto(this.state);
    const changes = new Draft(this.state, this.#inputs(time));
    const answer = decideOn(changes, request);
    changes.mergeInto(this.state);
    this.#noteDues(this.state);
    return { answer, changes };
  }

  /** Decides a batch on one draft, as the writer does; `merge` false decides on the state itself. */
  batch(timed: readonly Timed[], merge = true): LedgerAnswer[] {
    const draft = merge ? new Draft(this.state, this.#inputs(timed[0]?.time ?? 0)) : this.state;
    const eventsBefore = this.#eventsSeen;
    if (merge) this.#eventsSeen = 0;
    const answers = timed.map(({ request, time }) => {
      draft.inputs = this.#inputs(time);
      this.#decideDue(draft, time);
      const answer = decideOn(draft, request);
      this.#noteDues(draft);
      return answer;
    });
    if (merge) {
      draft.mergeInto(this.state);
      this.#eventsSeen = eventsBefore + draft.events.length;
    }
    return answers;
  }

  #noteDues({ events }: Draft): void {
    for (; this.#eventsSeen < events.length; this.#eventsSeen += 1) {
      const event = events[this.#eventsSeen];
      if (event?.type === 'TransferHeld' && event.transfer.expiresAt !== null) {
        this.#dues.push({ at: event.transfer.expiresAt, kind: 'expiry', id: event.transfer.id });
      }
      if (event?.type !== 'AccountUpdated') continue;
      const { id, schedule } = event.account.settings;
      for (const row of schedule) this.#dues.push({ at: row.from, kind: 'limit', id });
    }
    this.#dues.sort((a, b) => a.at - b.at || (a.id < b.id ? -1 : 1));
  }

  #decideDue(draft: Draft, time: number): void {
    for (let due = this.#dues[0]; due !== undefined && due.at <= time; due = this.#dues[0]) {
      this.#dues.shift();
      const hold = draft.transfer(due.id);
      const account = draft.account(due.id);
      const ledger = draft.ledger(hold?.ledger ?? account?.settings.ledger ?? '');
      if (ledger === undefined) continue;
      const context = { draft, ledger, fingerprint: '', trace };
      if (hold?.endedBy === null && hold.status === 'HELD') expireHold(context, hold);
      if (account !== undefined) beginDatedLimit(context, account);
    }
  }
}
