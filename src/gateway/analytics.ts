import { formatTime } from '@credit-ledger/contract/times.ts';
import { readAccount } from '../ledger/read-accounts.ts';
import { refuseUnknownLedger } from '../ledger/read-ledgers.ts';
import { readTransfer } from '../ledger/read-transfers.ts';
import { readModelPosition } from '../projections/projection-states.ts';
import { readAccountDays, readLedgerDays, type Volumes } from '../projections/read-daily.ts';
import { readTimeline, type TimelineEvent } from '../projections/read-timeline.ts';
import type { Answer } from './answer.ts';
import type { Call, Handlers } from './call.ts';
import { answerBody, readFresh, refuseRead, sayStale, type Reading } from './reading.ts';
import { requireReadModels } from './read-models.ts';

type Operations = 'readTimeline' | 'readDailyBalances' | 'readDailyTotals';

/** What only the read models hold. */
export function analyticsHandlers(reading: Reading): Handlers<Operations> {
  return {
    readTimeline: (call) => answerTimeline(reading, call),
    readDailyBalances: (call) => answerDays(reading, call),
    readDailyTotals: (call) => answerTotals(reading, call),
  };
}

/** Events that are not in the read model yet are missing, and `as_of_position` says so. */
function answerTimeline(reading: Reading, call: Call<'readTimeline'>): Promise<Answer> {
  const { readModels, db } = reading;
  const models = requireReadModels(readModels);
  const from = ['transfer_timeline'] as const;
  const read = async (): Promise<Answer> => {
    const transfer = await readTransfer(db, call.ledger, call.params.id);
    if (transfer.kind === 'refused') return refuseRead(reading, call, transfer.refusal);
    const position = await readModelPosition(models.db, from);
    const events = await readTimeline(models.db, call.ledger, transfer.value.id);
    const body = {
      transfer_id: transfer.value.id,
      events: events.map(viewEvent),
      as_of_position: position,
    };
    return sayStale(models, from, answerBody(body));
  };
  return readFresh(reading, call, read, () => models.awaitedPositionOf(from));
}

function viewEvent(event: TimelineEvent) {
  return {
    position: event.position,
    event_id: event.eventId,
    type: event.type,
    status: event.status ?? null,
    accepted_at: event.acceptedAt === undefined ? null : formatTime(event.acceptedAt),
    committed_at: formatTime(event.committedAt),
    published_at: formatTime(event.publishedAt),
    projected_at: formatTime(event.projectedAt),
    trace_id: event.traceId ?? null,
    correlation_id: event.correlationId ?? null,
  };
}

async function answerDays(reading: Reading, call: Call<'readDailyBalances'>): Promise<Answer> {
  const models = requireReadModels(reading.readModels);
  const account = await readAccount(reading.db, call.ledger, call.params.id);
  if (account.kind === 'refused') return refuseRead(reading, call, account.refusal);
  const { id, currency, normalSide } = account.value.settings;
  const position = await models.positionOf(['daily_balances']);
  const { from, to, by, period } = call.query;
  const days = await readAccountDays(models.db, id, { from, to, by, period });
  const sign = normalSide === 'CREDIT' ? 1n : -1n;
  let net = days.before;
  const data = days.periods.map((volumes) => {
    net += volumes.credits - volumes.debits;
    return { ...viewVolumes(volumes), closing_balance_minor: sign * net };
  });
  const body = { account_id: id, currency, by, data, as_of_position: position };
  return sayStale(models, ['daily_balances'], answerBody(body));
}

async function answerTotals(reading: Reading, call: Call<'readDailyTotals'>): Promise<Answer> {
  const models = requireReadModels(reading.readModels);
  const unknown = await refuseUnknownLedger(reading.db, call.ledger);
  if (unknown !== undefined) return refuseRead(reading, call, unknown.refusal);
  const position = await models.positionOf(['daily_balances']);
  const { from, to, by, period } = call.query;
  const days = await readLedgerDays(models.db, call.ledger, { from, to, by, period });
  const data = days.map((volumes) => ({
    ...viewVolumes(volumes),
    currency: volumes.currency,
  }));
  return sayStale(models, ['daily_balances'], answerBody({ by, data, as_of_position: position }));
}

function viewVolumes({ period, debits, credits, debitCount, creditCount }: Volumes) {
  return {
    period,
    debits_minor: debits,
    credits_minor: credits,
    debit_count: debitCount,
    credit_count: creditCount,
  };
}
