import { z } from 'zod';
import { accountStatus } from './accounts.ts';
import { eventTypesIn } from './events.ts';
import { accountRefIn, currencyCode, externalIdIn, idIn, textIn } from './ids.ts';
import { queryAmount } from './money.ts';
import { timeIn } from './times.ts';
import { transferStatus } from './transfers.ts';

const limitMax = 1000;
const limitDefault = 100;
/** At most this many accounts in one read of balances. */
export const balancesMax = 1000;

/** A whole number in a query: digits only. */
function wholeNumber(least: number, most: number, description: string) {
  const range = most === Number.MAX_SAFE_INTEGER ? `of at least ${least}` : `from ${least} to ${most}`;
  return z
    .string()
    .transform((text, context): number => {
      const value = /^(0|[1-9][0-9]{0,15})$/.test(text) ? Number(text) : Number.NaN;
      if (value >= least && value <= most) return value;
      context.addIssue({ code: 'custom', message: `must be a whole number ${range}` });
      return z.NEVER;
    })
    .meta({ type: 'integer', minimum: least, maximum: most, description });
}

const limit = wholeNumber(1, limitMax, `At most this many rows; ${limitDefault} when absent`).default(
  limitDefault,
);
const cursor = z
  .string()
  .min(1)
  .max(2048)
  .meta({ description: '`next_cursor` of the page before' })
  .optional();
const order = z.enum(['asc', 'desc']);

const metadataFiltersMax = 10;
/** `metadata.<key>=<text>`, as often as wanted: the parser of queries puts them together. */
const metadataFilter = z
  .record(textIn(1, 255), textIn(0, 1000))
  .refine(
    (fields) => Object.keys(fields).length <= metadataFiltersMax,
    `must be at most ${metadataFiltersMax} fields`,
  )
  .meta({ description: 'Rows whose metadata has this text, number or truth value under the key' })
  .optional();
export const positionIn = wholeNumber(
  0,
  Number.MAX_SAFE_INTEGER,
  'Wait until the read side has reached it',
);

/** How fresh a read has to be. */
const freshness = {
  min_position: positionIn.optional(),
  consistency: z.literal('strong').meta({ description: 'Read the ledger itself' }).optional(),
};
const paging = { limit, cursor, ...freshness };

export const freshnessQuery = z.strictObject(freshness);
export const pageQuery = z.strictObject({ limit, cursor });

export const listedAccountsMax = 100;
const idList = z
  .string()
  .transform((text, context): string[] => {
    const ids = text.split(',').map((id) => idIn.safeParse(id).data);
    const known = ids.filter((id) => id !== undefined);
    if (known.length === ids.length && known.length <= listedAccountsMax) return known;
    const message = `must be 1 to ${listedAccountsMax} ids of accounts between commas`;
    context.addIssue({ code: 'custom', message });
    return z.NEVER;
  })
  .meta({ description: `These accounts: 1 to ${listedAccountsMax} ids between commas` });

export const listAccountsQuery = z.strictObject({
  ...paging,
  currency: currencyCode.optional(),
  status: accountStatus.optional(),
  external_id: externalIdIn.optional(),
  metadata: metadataFilter,
  ids: idList.optional(),
  q: textIn(1, 255)
    .meta({ description: 'Part of the name or the external id in any case, or the whole id' })
    .optional(),
});

export const balanceQuery = z
  .strictObject({
    ...freshness,
    at: timeIn.meta({ description: 'As it was recorded at that time' }).optional(),
    effective_at: timeIn.meta({ description: 'By when lines count' }).optional(),
  })
  .refine((query) => query.at === undefined || query.effective_at === undefined, {
    path: ['effective_at'],
    message: 'must not be given together with at',
  });

export const balancesQuery = z.strictObject({
  ...freshness,
  account_ids: z
    .string()
    .transform((text, context): string[] => {
      const accounts = text.split(',').map((ref) => accountRefIn.safeParse(ref).data);
      const known = accounts.filter((account) => account !== undefined);
      if (known.length === accounts.length && known.length <= balancesMax) return known;
      context.addIssue({
        code: 'custom',
        message: `must be 1 to ${balancesMax} account ids between commas`,
      });
      return z.NEVER;
    })
    .meta({ description: `1 to ${balancesMax} accounts, between commas` }),
});

export const statementQuery = z
  .strictObject({
    ...paging,
    order: order.default('asc'),
    from: timeIn.meta({ description: 'Its first moment; the first line when absent' }).optional(),
    to: timeIn.meta({ description: 'The moment after its last; now when absent' }).optional(),
    by: z.enum(['recorded', 'effective']).default('recorded'),
    format: z
      .enum(['json', 'csv', 'pdf', 'camt.053'])
      .default('json')
      .meta({ description: 'All but json are the whole statement; pdf and camt.053 the oldest first' }),
  })
  .refine((query) => query.from === undefined || query.to === undefined || query.from <= query.to, {
    path: ['to'],
    message: 'must not be before from',
  });
export type StatementQuery = z.output<typeof statementQuery>;

export const listTransfersQuery = z.strictObject({
  ...paging,
  order: order.default('desc'),
  account_id: accountRefIn.optional(),
  status: transferStatus.optional(),
  external_id: externalIdIn.optional(),
  created_after: timeIn.optional(),
  created_before: timeIn.optional(),
  from: accountRefIn.optional(),
  to: accountRefIn.optional(),
  effective_after: timeIn.optional(),
  effective_before: timeIn.optional(),
  min_amount_minor: queryAmount.optional(),
  max_amount_minor: queryAmount.optional(),
  metadata: metadataFilter,
});

export const listEntriesQuery = z.strictObject({
  ...paging,
  after_number: wholeNumber(0, Number.MAX_SAFE_INTEGER, 'Entries with a higher number').optional(),
  transfer_id: idIn.optional(),
});

/** A page looks at as many at most. */
const lastEventsMax = 10_000;

export const listEventsQuery = z.strictObject({
  limit,
  after_position: wholeNumber(
    0,
    Number.MAX_SAFE_INTEGER,
    'Events after it; when absent a page begins at the first, a live feed with the next',
  ).optional(),
  last: wholeNumber(
    0,
    lastEventsMax,
    'Without after_position: begin so many positions before the end of the log',
  ).optional(),
  types: eventTypesIn.optional(),
  account_id: accountRefIn.meta({ description: 'That this account has a part in' }).optional(),
  transfer_id: idIn.meta({ description: 'Of this transfer and its entries' }).optional(),
});

export const trialBalanceQuery = z.strictObject({
  ...freshness,
  at: timeIn.meta({ description: 'As it was recorded at that time; now when absent' }).optional(),
});

/** The answer of a list. */
export function pageOut<Item extends z.ZodType>(id: string, item: Item) {
  return z.object({ data: z.array(item), next_cursor: z.string().nullable() }).meta({ id });
}
