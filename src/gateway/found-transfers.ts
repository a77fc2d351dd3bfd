import { listTransfers } from '../ledger/read-transfers.ts';
import type { Page } from '../ledger/read-answer.ts';
import {
  ledgerSearch,
  searchTransfers,
  type SearchSource,
  type TransferSearch,
} from '../ledger/search-transfers.ts';
import type { Transfer } from '../ledger/state.ts';
import { viewTransfer } from '../ledger/views.ts';
import { transfersSearch } from '../projections/read-models.ts';
import type { Answer } from './answer.ts';
import type { Call } from './call.ts';
import type { ModelRead } from './read-models.ts';
import { answerBody, readModelled, readPage, type Reading } from './reading.ts';

/** Transfers by what the ledger has an index for, or through the read models by anything else. */
export function answerTransfers(reading: Reading, call: Call<'listTransfers'>): Promise<Answer> {
  const { account_id: accountId, status, external_id: externalId, order } = call.query;
  const { created_after: createdAfter, created_before: createdBefore } = call.query;
  const { from, to, min_amount_minor: minAmount, max_amount_minor: maxAmount } = call.query;
  const { effective_after: effectiveAfter, effective_before: effectiveBefore, metadata } = call.query;
  const indexed = { accountId, status, externalId, createdAfter, createdBefore, order };
  const others = { from, to, minAmount, maxAmount, effectiveAfter, effectiveBefore, metadata };
  if (Object.values(others).every((value) => value === undefined))
    return readPage(
      reading,
      call,
      (page) => listTransfers(reading.db, call.ledger, indexed, page),
      viewTransfer,
    );
  return answerSearch(reading, call, { ...indexed, ...others });
}

interface Found {
  readonly page: Page<Transfer>;
  /** Everything up to here was searched. */
  readonly asOf: number;
}

function answerSearch(
  reading: Reading,
  call: Call<'listTransfers'>,
  search: TransferSearch,
): Promise<Answer> {
  const { db, readModels } = reading;
  const { limit, cursor } = call.query;
  const request: ModelRead<Found, SearchSource> = {
    from: ['transfers'],
    source: transfersSearch,
    ledgerSource: ledgerSearch,
    read: async (index, source) => {
      const asOf = (await readModels?.positionOf(request.from)) ?? 0;
      const places = { index, source };
      const answer = await searchTransfers(db, call.ledger, search, { limit, cursor }, places);
      return answer.kind === 'refused' ? answer : { kind: 'found', value: { page: answer.value, asOf } };
    },
    asOf: ({ asOf }) => asOf,
    isFrozen: false,
  };
  return readModelled(reading, call, request, ({ page }) =>
    answerBody({ data: page.data.map(viewTransfer), next_cursor: page.nextCursor }),
  );
}
