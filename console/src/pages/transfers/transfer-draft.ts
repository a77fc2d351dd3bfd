import type { Account, PostTransferBody } from '@credit-ledger/sdk';
import { parseAmount } from '../../format/amounts.ts';
import { readMetadata } from '../../format/metadata.ts';

export type Mode = 'now' | 'hold' | 'later';

/** What the fields of a new transfer say. */
export interface TransferTexts {
  readonly from: string;
  readonly to: string;
  readonly amount: string;
  readonly description: string;
  readonly externalId: string;
  readonly effectiveAt: string;
  readonly metadata: string;
  readonly mode: Mode;
  readonly expiresAt: string;
  readonly executeAt: string;
}

export type DraftErrors = Readonly<Partial<Record<keyof TransferTexts, string | undefined>>>;

const timeOf = (text: string): string | undefined =>
  text === '' ? undefined : new Date(text).toISOString();
const textOf = (text: string): string | undefined => (text.trim() === '' ? undefined : text.trim());

/** Reads the form: the body of the request, or what is wrong with each field. */
export function readTransfer(
  texts: TransferTexts,
  from: Account | undefined,
  scale: number,
): { body?: PostTransferBody; errors: DraftErrors } {
  const amount = parseAmount(texts.amount, scale, from?.currency ?? '');
  const metadata = readMetadata(texts.metadata);
  const errors: DraftErrors = {
    from: from === undefined ? 'Choose the account that pays.' : undefined,
    to: judgeTo(texts),
    amount: judgeAmount(amount),
    metadata: typeof metadata === 'string' ? metadata : undefined,
    executeAt: texts.mode === 'later' && texts.executeAt === '' ? 'Say when.' : undefined,
  };
  const isWrong = Object.values(errors).some((error) => error !== undefined);
  if (isWrong || from === undefined || typeof amount === 'string' || typeof metadata === 'string')
    return { errors };
  const { mode } = texts;
  const expiresAt = timeOf(texts.expiresAt);
  const body: PostTransferBody = {
    from: texts.from,
    to: texts.to,
    amount_minor: amount,
    currency: from.currency,
    description: textOf(texts.description),
    external_id: textOf(texts.externalId),
    effective_at: timeOf(texts.effectiveAt),
    metadata: metadata ?? undefined,
    ...(mode === 'hold' ? { hold: expiresAt === undefined ? true : { expires_at: expiresAt } } : {}),
    ...(mode === 'later' ? { execute_at: timeOf(texts.executeAt) } : {}),
  };
  return { body, errors };
}

function judgeTo({ from, to }: TransferTexts): string | undefined {
  if (to === '') return 'Choose the account that receives.';
  return from === to ? 'Choose another account than the one that pays.' : undefined;
}

function judgeAmount(amount: bigint | string): string | undefined {
  if (typeof amount === 'string') return amount;
  return amount > 0n ? undefined : 'Enter more than zero.';
}
