import type { BalanceOut, OpenAccountBody } from '@credit-ledger/contract/accounts.ts';
import type { Ledger } from '../ledger/commands.ts';
import { listAccounts, readAccount } from '../ledger/read-accounts.ts';
import { readBalance, readBalances } from '../ledger/read-balances.ts';
import { ledgerSource } from '../ledger/read-source.ts';
import { viewAccount } from '../ledger/views.ts';
import type { Answer } from './answer.ts';
import { answerBatch } from './batch-answer.ts';
import type { AnyCall, Call, Handlers } from './call.ts';
import { balancesSource, linesSource } from '../projections/read-models.ts';
import { canonicalItem } from './idempotency.ts';
import type { ModelRead } from './read-models.ts';
import { answerBody, readFresh, readModelled, readPage, refuseRead, type Reading } from './reading.ts';
import { fingerprintItem, isGiven, readIfMatch, submit } from './submission.ts';

type Operations =
  | 'openAccount'
  | 'openAccounts'
  | 'listAccounts'
  | 'readAccount'
  | 'updateAccount'
  | 'readBalance'
  | 'readBalances';

/** Accounts, their settings and balances. */
export function accountHandlers(ledger: Ledger, reading: Reading): Handlers<Operations> {
  const { db } = reading;
  return {
    openAccount: (call) =>
      submit(ledger, call, {
        command: { kind: 'open_account', body: call.body },
        needsNoKey: needsNoKey(call.body),
      }),
    openAccounts: (call) => openAccounts(ledger, call),
    updateAccount: (call) => updateAccount(ledger, call),
    readAccount: (call) => answerAccount(reading, call),
    listAccounts: (call) => {
      const { currency, status, external_id: externalId, metadata, ids, q } = call.query;
      const filters = { currency, status, externalId, metadata, ids, q };
      return readPage(
        reading,
        call,
        (page) => listAccounts(db, call.ledger, filters, page),
        viewAccount,
      );
    },
    readBalance: (call) => answerBalance(reading, call),
    readBalances: (call) => answerBalances(reading, call),
  };
}

function answerBalance(reading: Reading, call: Call<'readBalance'>): Promise<Answer> {
  const { at, effective_at: effectiveAt } = call.query;
  const moment = { now: reading.now(), at, effectiveAt };
  // By effective time all lines count; else states are enough.
  const models: Pick<ModelRead<BalanceOut>, 'from' | 'source'> = effectiveAt === undefined
    ? { from: ['balances'], source: balancesSource }
    : { from: ['balances', 'statements'], source: linesSource };
  const request: ModelRead<BalanceOut> = {
    ...models,
    ledgerSource,
    read: (db, source) => readBalance(db, call.ledger, call.params.id, moment, source),
    asOf: (balance) => balance.as_of_position,
    isFrozen: false,
  };
  return readModelled(reading, call, request, answerBody);
}

function answerBalances(reading: Reading, call: Call<'readBalances'>): Promise<Answer> {
  const request: ModelRead<readonly BalanceOut[]> = {
    from: ['balances'],
    source: balancesSource,
    ledgerSource,
    read: (db, source) => readBalances(db, call.ledger, call.query.account_ids, reading.now(), source),
    asOf: ([first]) => first?.as_of_position ?? 0,
    isFrozen: false,
  };
  return readModelled(reading, call, request, (data) => answerBody({ data }));
}

/** Without an opening balance a second account is empty and does no harm. */
function needsNoKey({ id, opening_balance_minor: balance }: OpenAccountBody): boolean {
  return isGiven(id) || balance === undefined || balance === null || balance === 0n;
}

async function openAccounts(ledger: Ledger, call: Call<'openAccounts'>): Promise<Answer> {
  const items = call.body.accounts.map((body) => ({
    body,
    fingerprint: fingerprintItem(call, 'openAccount', canonicalItem(body)),
  }));
  const command = { kind: 'open_accounts', items } as const;
  const needsNone = call.body.accounts.every(needsNoKey);
  return answerBatch(call, await submit(ledger, call, { command, needsNoKey: needsNone }));
}

async function updateAccount(ledger: Ledger, call: Call<'updateAccount'>): Promise<Answer> {
  const ifMatch = readIfMatch(call.headers['if-match']);
  const command = { kind: 'update_account', account: call.params.id, body: call.body, ifMatch } as const;
  return submit(ledger, call, { command });
}

/** An account with its revision as ETag; 304 where the caller has that revision. */
function answerAccount(reading: Reading, call: Call<'readAccount'>): Promise<Answer> {
  return readFresh(reading, call, async () => {
    const answer = await readAccount(reading.db, call.ledger, call.params.id);
    if (answer.kind === 'refused') return refuseRead(reading, call, answer.refusal);
    const etag = `"${answer.value.settings.revision}"`;
    if (isKnown(call, etag)) return { status: 304, body: null, headers: { etag } };
    return { status: 200, body: viewAccount(answer.value), headers: { etag } };
  });
}

/** Whether `If-None-Match` names the tag: compared weakly, as RFC 9110 has it. */
function isKnown(call: AnyCall, etag: string): boolean {
  const header = call.headers['if-none-match'];
  if (header === undefined) return false;
  return header.split(',').some((tag) => tag.trim() === '*' || tag.trim().replace(/^W\//, '') === etag);
}
