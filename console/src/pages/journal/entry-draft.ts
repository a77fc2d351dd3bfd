import type { Account, PostEntryBody } from '@credit-ledger/sdk';
import { parseAmount } from '../../format/amounts.ts';
import { readMetadata } from '../../format/metadata.ts';

export type Side = 'DEBIT' | 'CREDIT';

export interface LineTexts {
  readonly account: string;
  readonly side: Side;
  readonly amount: string;
}

/** What the fields of a new entry say. */
export interface EntryTexts {
  readonly lines: readonly LineTexts[];
  readonly description: string;
  readonly effectiveAt: string;
  readonly metadata: string;
  readonly isAdjusting: boolean;
}

/** What both sides of a currency come to. */
export interface Sum {
  readonly currency: string;
  readonly debits: bigint;
  readonly credits: bigint;
}

type LineErrors = Readonly<Partial<Record<'account' | 'amount', string>>>;

export interface EntryDraft {
  /** Undefined while something is wrong with a field. */
  readonly body: PostEntryBody | undefined;
  readonly sums: readonly Sum[];
  readonly lineErrors: readonly LineErrors[];
  readonly metadataError: string | undefined;
}

interface Line {
  readonly account: Account;
  readonly side: Side;
  readonly amount: bigint;
}

/** Reads the form. Whether debits equal credits is shown, and left to the ledger to judge. */
export function readEntry(
  texts: EntryTexts,
  accounts: readonly Account[],
  scaleOf: (currency: string) => number,
): EntryDraft {
  const read = texts.lines.map((line) => readLine(line, accounts, scaleOf));
  const lines = read.flatMap(({ line }) => (line === undefined ? [] : [line]));
  const metadata = readMetadata(texts.metadata);
  const metadataError = typeof metadata === 'string' ? metadata : undefined;
  const isWhole = lines.length === read.length && typeof metadata !== 'string';
  const { description, effectiveAt, isAdjusting } = texts;
  const body: PostEntryBody | undefined = isWhole
    ? {
        lines: lines.map(({ account: { id }, side, amount }) => ({
          account_id: id,
          side,
          amount_minor: amount,
        })),
        ...(description.trim() === '' ? {} : { description: description.trim() }),
        ...(effectiveAt === '' ? {} : { effective_at: new Date(effectiveAt).toISOString() }),
        ...(metadata === null ? {} : { metadata }),
        ...(isAdjusting ? { adjusting: true } : {}),
      }
    : undefined;
  return { body, sums: sumUp(lines), lineErrors: read.map(({ errors }) => errors), metadataError };
}

function readLine(
  { account: id, side, amount: text }: LineTexts,
  accounts: readonly Account[],
  scaleOf: (currency: string) => number,
): { line?: Line; errors: LineErrors } {
  const account = accounts.find((known) => known.id === id);
  if (account === undefined) return { errors: { account: 'Choose an account.' } };
  const amount = parseAmount(text, scaleOf(account.currency), account.currency);
  if (typeof amount === 'string') return { errors: { amount } };
  if (amount <= 0n) return { errors: { amount: 'Enter more than zero.' } };
  return { line: { account, side, amount }, errors: {} };
}

function sumUp(lines: readonly Line[]): readonly Sum[] {
  const sums = new Map<string, Sum>();
  for (const { account, side, amount } of lines) {
    const { currency } = account;
    const { debits, credits } = sums.get(currency) ?? { debits: 0n, credits: 0n };
    sums.set(currency, {
      currency,
      debits: side === 'DEBIT' ? debits + amount : debits,
      credits: side === 'CREDIT' ? credits + amount : credits,
    });
  }
  return [...sums.values()];
}
