import type { EntryBody, LineIn } from '@credit-ledger/contract/entries.ts';
import { canonicalJson } from '@credit-ledger/contract/json.ts';
import { resolveAccount } from './account-refs.ts';
import { judgeConditions, judgeFunds, judgeOverflow, judgeStatus, type Leg } from './account-rules.ts';
import { currentLedger, refused, type Context, type Decided } from './decided.ts';
import { appendEntry, applyLegs, judgeEffective, type EntryText } from './posting.ts';
import { judgePeriod } from './periods.ts';
import { refuse, type Refusal } from './refusal.ts';
import { timeIn } from './sandboxes.ts';
import type { Account, Entry } from './state.ts';
import { viewEntry } from './views.ts';

/** Posts an entry of any number of lines. */
export function postEntry(context: Context, body: EntryBody): Decided {
  const { lines } = body;
  if (lines.length < 2)
    return refused(refuse('too_few_lines', `an entry needs two lines, not ${lines.length}`));
  const untimely =
    judgeEffective(body.effective_at, timeIn(context)) ??
    judgePeriod(currentLedger(context), body.effective_at, body.adjusting === true);
  if (untimely !== undefined) return refused(untimely);
  const accounts = lines.map((line, index) =>
    resolveAccount(context, line.account_id, `line ${index + 1}`),
  );
  const legs = lines.flatMap((line, index) => toLeg(line, accounts[index], index));
  const refusal = judgeBalanced(lines, legs) ?? accounts.find((account) => 'code' in account);
  if (refusal !== undefined && 'code' in refusal) return refused(refusal);
  return postLegs(context, legs, {
    batchId: body.batch_id ?? null,
    reverses: null,
    forced: false,
    description: body.description ?? null,
    metadata: metadataOf(body),
    effectiveAt: body.effective_at ?? context.draft.inputs.time,
  });
}

/** An adjusting entry says so in its metadata, which its hash covers. */
function metadataOf({ metadata, adjusting }: EntryBody): string {
  const text = metadata?.text ?? '{}';
  return adjusting === true ? canonicalJson({ ...JSON.parse(text), adjusting: true }) : text;
}

function toLeg(line: LineIn, account: Account | Refusal | undefined, index: number): Leg[] {
  if (account === undefined || 'code' in account) return [];
  const { side, amount_minor: amount, require } = line;
  return [{ name: `line ${index + 1}`, account, side, amount, require }];
}

/**
 * `unbalanced_entry`, by currency. With an unknown account its currency is unknown too: then the whole is
 * judged, which can balance in each currency only if it balances in sum.
 */
function judgeBalanced(lines: readonly LineIn[], legs: readonly Leg[]): Refusal | undefined {
  if (legs.length < lines.length) {
    const rows = lines.map((line) => ({ side: line.side, amount: line.amount_minor }));
    return judgeSums(rows, '');
  }
  const currencies = new Set(legs.map((leg) => leg.account.settings.currency));
  for (const currency of currencies) {
    const refusal = judgeSums(
      legs.filter((leg) => leg.account.settings.currency === currency),
      currency,
    );
    if (refusal !== undefined) return refusal;
  }
  return undefined;
}

function judgeSums(
  rows: readonly Pick<Leg, 'side' | 'amount'>[],
  currency: string,
): Refusal | undefined {
  const sum = (side: Leg['side']): bigint =>
    rows.reduce((total, row) => (row.side === side ? total + row.amount : total), 0n);
  const debits = sum('DEBIT');
  const credits = sum('CREDIT');
  if (debits === credits) return undefined;
  const suffix = currency === '' ? '' : ` in ${currency}`;
  return refuse('unbalanced_entry', `debits (${debits}) must equal credits (${credits})${suffix}`, {
    currency: currency === '' ? undefined : currency,
    debits_minor: debits,
    credits_minor: credits,
  });
}

/** Judges balanced legs by the rules of accounts, on their net effect, and posts them. */
export function postLegs(
  context: Context,
  legs: readonly Leg[],
  text: Omit<EntryText, 'transferId'>,
): Decided {
  const { draft } = context;
  const early = judgeStatus(legs) ?? judgeConditions(legs);
  if (early !== undefined) return refused(early);
  const effect = applyLegs(draft, legs);
  const refusal =
    judgeOverflow(effect.after) ?? (text.forced ? undefined : judgeFunds(effect.before, effect.after));
  if (refusal !== undefined) return refused(refusal);
  const entry = appendEntry(
    draft,
    currentLedger(context),
    effect,
    { transferId: null, ...text },
    context.trace,
  );
  if (entry.reverses !== null) draft.entryReversals.set(entry.reverses, entry.id);
  return { outcome: answerEntry(entry), subject: { kind: 'entry', id: entry.id } };
}

/** The answer to the posting of an entry, then or on a replay. */
export function answerEntry(entry: Entry): Decided['outcome'] {
  return { kind: 'done', status: 201, body: viewEntry(entry), location: `/v1/entries/${entry.id}` };
}
