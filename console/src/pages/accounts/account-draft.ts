import type { Account, Metadata } from '@credit-ledger/sdk';
import { parseAmount } from '../../format/amounts.ts';
import { isCurrencyCode } from '../../format/currency.ts';
import { readMetadata } from '../../format/metadata.ts';

/** What the fields of the form say. */
export interface AccountTexts {
  readonly currency: string;
  readonly type: Account['type'];
  readonly status: Account['status'];
  readonly name: string;
  readonly externalId: string;
  readonly limit: string;
  readonly opening: string;
  readonly metadata: string;
  readonly schedule: readonly { readonly from: string; readonly limit: string }[];
  readonly mayBreach: boolean;
}

/** What they mean. */
export interface AccountDraft {
  readonly currency: string;
  readonly type: Account['type'];
  readonly status: Account['status'];
  readonly name: string | null;
  readonly externalId: string | null;
  readonly limit: bigint | null;
  readonly opening: bigint | undefined;
  readonly metadata: Metadata | null;
  readonly schedule: { from: string; limit_minor: bigint | null }[];
  readonly mayBreach: boolean;
}

export type DraftErrors = Readonly<Record<string, string | undefined>>;

const nameMax = 255;

/** Reads a form: the draft, or what is wrong with each field. */
export function readDraft(
  texts: AccountTexts,
  scale: number,
): { draft?: AccountDraft; errors: DraftErrors } {
  const { currency, name, externalId } = texts;
  const amount = (text: string): bigint | string | undefined =>
    text.trim() === '' ? undefined : nonNegative(parseAmount(text, scale, currency));
  const [limit, opening] = [amount(texts.limit), amount(texts.opening)];
  const metadata = readMetadata(texts.metadata);
  const schedule = texts.schedule.map(({ from, limit }) => ({ from, limit: amount(limit) }));
  const errors = {
    currency: isCurrencyCode(currency) ? undefined : 'Enter a currency code such as USD.',
    name: name.length > nameMax ? `At most ${nameMax} characters.` : undefined,
    externalId: externalId.length > nameMax ? `At most ${nameMax} characters.` : undefined,
    limit: typeof limit === 'string' ? limit : undefined,
    opening: typeof opening === 'string' ? opening : undefined,
    metadata: typeof metadata === 'string' ? metadata : undefined,
    schedule: schedule.some(({ from, limit }) => from === '' || typeof limit === 'string')
      ? 'Each row needs a time and a limit, or none.'
      : undefined,
  };
  const isWrong = Object.values(errors).some((error) => error !== undefined);
  if (
    isWrong ||
    typeof limit === 'string' ||
    typeof opening === 'string' ||
    typeof metadata === 'string'
  )
    return { errors };
  const draft = {
    ...texts,
    name: name.trim() === '' ? null : name.trim(),
    externalId: externalId.trim() === '' ? null : externalId.trim(),
    limit: limit ?? null,
    opening,
    metadata,
    schedule: schedule.map(({ from, limit }) => ({
      from: new Date(from).toISOString(),
      limit_minor: typeof limit === 'bigint' ? limit : null,
    })),
  };
  return { draft, errors };
}

function nonNegative(read: bigint | string): bigint | string {
  return typeof read === 'bigint' && read < 0n ? 'It can not be below zero.' : read;
}
