import type { Side } from '@credit-ledger/contract/accounts.ts';
import { formatTime } from '@credit-ledger/contract/times.ts';
import type { Leg } from './account-rules.ts';
import type { Draft } from './draft.ts';
import { hashEntry } from './entry-hash.ts';
import type { Trace } from './events.ts';
import { refuse, type Refusal } from './refusal.ts';
import { balanceOf, type Account, type Entry, type Ledger, type Line } from './state.ts';

/** What an entry says beside its lines. */
export interface EntryText {
  readonly transferId: string | null;
  readonly batchId: string | null;
  readonly reverses: string | null;
  readonly forced: boolean;
  readonly description: string | null;
  readonly metadata: string;
  readonly effectiveAt: number;
}

/**
 * The effect of lines on accounts, computed before it is judged: states before and after, each account
 * once.
 */
export interface Effect {
  readonly before: readonly Account[];
  readonly after: readonly Account[];
  readonly lines: readonly Line[];
}

/** What counts may count up to this long after it is recorded. */
const effectiveAheadMs = 86_400_000;

/** `effective_at_too_far`: what is recorded now counts now, earlier, or at most a day later. */
export function judgeEffective(
  effectiveAt: number | null | undefined,
  recordedAt: number,
): Refusal | undefined {
  if (effectiveAt === null || effectiveAt === undefined) return undefined;
  if (effectiveAt <= recordedAt + effectiveAheadMs) return undefined;
  const effective_at = formatTime(effectiveAt);
  return refuse('effective_at_too_far', `${effective_at} is more than 24 hours ahead`, { effective_at });
}

/** The account after one line: one side grows, the version by one. */
function applyLine(
  account: Account,
  side: Side,
  amount: bigint,
  time: number,
  position: number,
): Account {
  return {
    settings: account.settings,
    debits: side === 'DEBIT' ? account.debits + amount : account.debits,
    credits: side === 'CREDIT' ? account.credits + amount : account.credits,
    held: account.held,
    incoming: account.incoming,
    version: account.version + 1,
    updatedAt: time,
    position,
  };
}

function toLine(leg: Leg, after: Account): Line {
  return {
    account: after.settings.id,
    side: leg.side,
    amount: leg.amount,
    currency: after.settings.currency,
    balanceAfter: balanceOf(after),
    debitsAfter: after.debits,
    heldAfter: after.held,
    incomingAfter: after.incoming,
    version: after.version,
  };
}

/**
 * Applies the legs in their order. `release` gives the account as it is when a hold's share of it is let go,
 * which happens in the same change as its line.
 */
export function applyLegs(
  draft: Draft,
  legs: readonly Leg[],
  release = (account: Account): Account => account,
): Effect {
  const { time } = draft.inputs;
  const position = draft.position + 1;
  const before = new Map<string, Account>();
  const after = new Map<string, Account>();
  const lines = legs.map((leg) => {
    const { id } = leg.account.settings;
    const last = after.get(id) ?? release(leg.account);
    if (!before.has(id)) before.set(id, leg.account);
    const next = applyLine(last, leg.side, leg.amount, time, position);
    after.set(id, next);
    return toLine(leg, next);
  });
  return { before: [...before.values()], after: [...after.values()], lines };
}

/** Writes the entry of an effect that was judged: lines, numbers, hash and its event. */
export function appendEntry(
  draft: Draft,
  ledger: Ledger,
  effect: Effect,
  text: EntryText,
  trace: Trace,
): Entry {
  const unhashed = {
    id: draft.inputs.mintId(),
    ledger: ledger.name,
    number: ledger.entryCount + 1,
    position: draft.position + 1,
    ...text,
    postedAt: draft.inputs.time,
    lines: effect.lines,
    previousHash: ledger.headHash,
  };
  const entry: Entry = { ...unhashed, hash: hashEntry(unhashed) };
  for (const account of effect.after) draft.putAccount(account);
  draft.entries.set(entry.id, entry);
  draft.ledgers.set(ledger.name, { ...ledger, entryCount: entry.number, headHash: entry.hash });
  draft.appendEvent({ type: 'EntryPosted', entry, accounts: effect.after, trace });
  return entry;
}
