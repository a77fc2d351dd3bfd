import type { FaultCode } from '@credit-ledger/contract/errors.ts';
import type { LedgerAnswer, LedgerRequest } from './commands.ts';
import { failSpan, type Span } from '../runtime/tracing.ts';
import { LedgerFault } from './fault.ts';
import type { Absent } from './needs.ts';

const nothingAbsent: Absent = new Set();

/** A request that waits for its answer. Answered or refused once; later outcomes of it are ignored. */
export class Pending {
  readonly request: LedgerRequest;
  readonly submittedAt: number;
  /** When waiting ends, on the process's monotonic clock in milliseconds. */
  readonly deadline: number;
  /** What it ends with then. */
  readonly late: FaultCode;
  readonly weight: number;
  absent: Absent = nothingAbsent;
  /** From its submission to its answer, where it is traced. */
  readonly span: Span | undefined;
  settled = false;
  readonly #resolve: (answer: LedgerAnswer) => void;
  readonly #reject: (fault: LedgerFault) => void;

  constructor(
    request: LedgerRequest,
    times: { now: number; deadline: number; late: FaultCode; span?: Span | undefined },
    resolve: (answer: LedgerAnswer) => void,
    reject: (fault: LedgerFault) => void,
  ) {
    this.request = request;
    this.submittedAt = times.now;
    this.deadline = times.deadline;
    this.late = times.late;
    this.span = times.span;
    this.weight = weightOf(request);
    this.#resolve = resolve;
    this.#reject = reject;
  }

  answer(answer: LedgerAnswer): void {
    if (this.settled) return;
    this.settled = true;
    this.span?.setAttribute('ledger.outcome', answer.replayed ? 'replayed' : answer.kind).end();
    this.#resolve(answer);
  }

  fail(fault: LedgerFault): void {
    if (this.settled) return;
    this.settled = true;
    if (this.span !== undefined) failSpan(this.span, fault);
    this.#reject(fault);
  }

  /** Ends the wait of whoever is not patient. */
  refuse(fault: LedgerFault): void {
    if (this.request.isPatient !== true) this.fail(fault);
  }

  /** Ends the wait where the deadline has passed. Says whether the request is settled. */
  expire(now: number): boolean {
    if (!this.settled && now >= this.deadline) {
      const detail =
        this.late === 'request_in_progress'
          ? 'the first request with this key is still running; ask again'
          : 'the ledger did not answer in time; the same key decides what came of it';
      this.fail(new LedgerFault(this.late, detail));
    }
    return this.settled;
  }
}

/** How much of a batch a request takes up: its items or lines. */
function weightOf({ command }: LedgerRequest): number {
  switch (command.kind) {
    case 'post_transfers':
    case 'open_accounts':
      return command.items.length;
    case 'post_entry':
      return Math.max(1, command.body.lines.length / 2);
    default:
      return 1;
  }
}
