import { accountOut } from '@credit-ledger/contract/accounts.ts';
import { entryOut } from '@credit-ledger/contract/entries.ts';
import { JsonText, parseAnswer } from '@credit-ledger/contract/json.ts';
import { ledgerName } from '@credit-ledger/contract/ids.ts';
import { readTime } from '@credit-ledger/contract/times.ts';
import { z } from 'zod';
import type { AccountSettings, Entry, Line } from '../ledger/state.ts';

/*
 * An export is a stream of JSON objects, one a line (docs/export-format.md): a first line, signed heads,
 * registered currencies, accounts and entries in the order in which they were recorded, and a last line.
 */

export const exportFormat = 'credit-ledger/export/1';

const hash = z.string().regex(/^[0-9a-f]{64}$/);
const amount = z.bigint();
const time = z.string().transform((text, context): number => {
  const value = readTime(text);
  if (value !== undefined) return value;
  context.addIssue({ code: 'custom', message: 'must be an RFC 3339 time' });
  return z.NEVER;
});
const metadata = z.instanceof(JsonText).transform(({ text }) => text);

const ledgerShape = z.object({
  name: ledgerName,
  default_credit_limit_minor: amount.nullable(),
  entry_count: z.int().min(0),
  head_hash: hash,
  created_at: time,
});
const beginShape = z.object({
  format: z.literal(exportFormat),
  database_id: z.string(),
  position: z.int(),
  ledger: ledgerShape,
});
const accountShape = accountOut.extend({
  metadata,
  external: z.boolean(),
  created_at: time,
  updated_at: time,
  balance_minor: amount,
  credit_limit_minor: amount.nullable(),
  credit_limit_schedule: z.array(z.object({ from: time, limit_minor: amount.nullable() })),
  held_minor: amount,
  incoming_minor: amount,
  available_minor: amount,
});
const entryShape = entryOut.extend({
  metadata,
  posted_at: time,
  effective_at: time,
  hash,
  previous_hash: hash,
  lines: z.array(
    entryOut.shape.lines.element.extend({ amount_minor: amount, balance_after_minor: amount }),
  ),
});
const recordShape = z.union([
  beginShape.transform((begin) => ({ kind: 'begin' as const, begin })),
  z
    .object({ currency: z.object({ code: z.string(), scale: z.int() }) })
    .transform(({ currency }) => ({ kind: 'currency' as const, currency })),
  z.object({ entry: entryShape }).transform(({ entry }) => ({ kind: 'entry' as const, entry })),
  z
    .object({ account: accountShape })
    .transform(({ account }) => ({ kind: 'account' as const, account })),
  z.object({ head: z.string() }).transform(({ head }) => ({ kind: 'head' as const, head })),
  z
    .object({ end: z.object({ accounts: z.int(), entries: z.int() }) })
    .transform(({ end }) => ({ kind: 'end' as const, end })),
]);

export type ExportRecord = z.output<typeof recordShape>;
export type ExportedLedger = z.output<typeof ledgerShape>;
export type ExportedAccount = z.output<typeof accountShape>;
type ExportedEntry = z.output<typeof entryShape>;

/** The text is no export, or not a whole one; the message says where and why. */
export class ExportUnreadable extends Error {
  override readonly name = 'ExportUnreadable';
}

/** Reads one line. @throws {ExportUnreadable} */
export function readRecord(line: string, number: number): ExportRecord {
  try {
    return recordShape.parse(parseAnswer(line));
  } catch (error) {
    const issue = error instanceof z.ZodError ? error.issues[0]?.message : undefined;
    const why = issue ?? (error instanceof Error ? error.message : String(error));
    throw new ExportUnreadable(`line ${number} is no record of an export: ${why}`, { cause: error });
  }
}

/** A line as an export has it: without the states that only the database keeps. */
export type ExportedLine = Omit<Line, 'debitsAfter' | 'heldAfter' | 'incomingAfter'>;

/** The entry of a record. */
export function entryOf(
  entry: ExportedEntry,
): Omit<Entry, 'lines'> & { readonly lines: ExportedLine[] } {
  return {
    id: entry.id,
    ledger: entry.ledger,
    number: entry.entry_number,
    position: entry.position,
    transferId: entry.transfer_id,
    batchId: entry.batch_id,
    reverses: entry.reverses,
    forced: entry.forced,
    description: entry.description,
    metadata: entry.metadata,
    postedAt: entry.posted_at,
    effectiveAt: entry.effective_at,
    previousHash: entry.previous_hash,
    hash: entry.hash,
    lines: entry.lines.map((line) => ({
      account: line.account_id,
      side: line.side,
      amount: line.amount_minor,
      currency: line.currency,
      balanceAfter: line.balance_after_minor,
      version: line.version,
    })),
  };
}

/** The settings of an account's record. */
export function settingsOf(account: ExportedAccount, createdPosition: number): AccountSettings {
  return {
    id: account.id,
    ledger: account.ledger,
    externalId: account.external_id,
    type: account.type,
    normalSide: account.normal_side,
    currency: account.currency,
    external: account.external,
    name: account.name,
    status: account.status,
    creditLimit: account.credit_limit_minor,
    schedule: account.credit_limit_schedule.map((row) => ({ from: row.from, limit: row.limit_minor })),
    metadata: account.metadata,
    revision: account.revision,
    createdAt: account.created_at,
    createdPosition,
  };
}
