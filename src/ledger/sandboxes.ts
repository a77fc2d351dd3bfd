import type { MoveClockBody } from '@credit-ledger/contract/ledgers.ts';
import { formatTime } from '@credit-ledger/contract/times.ts';
import { refused, type Context, type Decided } from './decided.ts';
import type { Draft } from './draft.ts';
import { openLedger, putLedger, viewLedger } from './ledger-state.ts';
import { refuse, type Refusal } from './refusal.ts';
import type { Ledger } from './state.ts';

/*
 * A sandbox is a name for one ledger after another. Nothing is ever deleted from a ledger, so a reset begins a new,
 * empty one, the sandbox's next life (`sandbox-r1`, `sandbox-r2` …), and from then on the name stands for that.
 * Its clock may be ahead of the real one: rules that look at the time (expiries, schedules, dated limits, closes) look at
 * it. What is recorded keeps the real time, so that the log stays in one order.
 */

/** Later than this no clock goes, so that what is counted from it is still a time. */
const latest = Date.UTC(9000, 0, 1);

/** What time it is for the rules of a ledger, in milliseconds since 1970. */
export function timeIn({ draft, ledger }: Pick<Context, 'draft' | 'ledger'>): number {
  return draft.inputs.time + clockOffsetOf(ledger);
}

/** How far the clock of a ledger is ahead: 0 where it is no sandbox. */
export function clockOffsetOf(ledger: Ledger | undefined): number {
  return ledger?.sandbox?.clockOffsetMs ?? 0;
}

/** Opens the next life of a sandbox. Whoever named a ledger like one keeps it. */
export function beginLife(
  draft: Draft,
  sandbox: string,
  defaultCreditLimit: Ledger['defaultCreditLimit'],
): Ledger {
  let number = draft.livesOf(sandbox).length + 1;
  while (draft.ledger(lifeName(sandbox, number)) !== undefined) number += 1;
  const name = lifeName(sandbox, number);
  return openLedger(draft, { name, defaultCreditLimit, sandbox: { name: sandbox, clockOffsetMs: 0 } });
}

/** At most 63 characters, as every name of a ledger. */
function lifeName(sandbox: string, number: number): string {
  const ending = `-r${number}`;
  return sandbox.slice(0, 63 - ending.length) + ending;
}

/** Begins a sandbox anew: its next life is empty, and its clock at the real time. */
export function resetSandbox({ draft }: Context, name: string): Decided {
  const life = findSandbox(draft, name);
  if ('code' in life) return refused(life);
  const next = beginLife(draft, life.sandbox.name, life.defaultCreditLimit);
  return { outcome: { kind: 'done', status: 200, body: viewLedger(next) } };
}

/** Moves the clock of a sandbox forward. What is due by then is decided before the next command. */
export function moveClock({ draft }: Context, name: string, body: MoveClockBody): Decided {
  const life = findSandbox(draft, name);
  if ('code' in life) return refused(life);
  const now = timeIn({ draft, ledger: life });
  const to = body.to ?? now + (body.advance_seconds ?? 0) * 1000;
  if (to <= now || to > latest) {
    const there = formatTime(now);
    return refused(refuse('clock_not_forward', `it is ${there} in the sandbox`, { now: there }));
  }
  const clockOffsetMs = to - draft.inputs.time;
  const next = { ...life, sandbox: { ...life.sandbox, clockOffsetMs } };
  putLedger(draft, next);
  return { outcome: { kind: 'done', status: 200, body: viewLedger(next) } };
}

function findSandbox(
  draft: Draft,
  name: string,
): (Ledger & { sandbox: NonNullable<Ledger['sandbox']> }) | Refusal {
  const ledger = draft.ledger(name);
  if (ledger === undefined) return refuse('ledger_not_found', `there is no ledger ${name}`);
  const { sandbox } = ledger;
  return sandbox === null
    ? refuse('ledger_not_sandbox', `the ledger ${name} is not a sandbox`)
    : { ...ledger, sandbox };
}
