import assert from 'node:assert/strict';
import type { OpenAccountBody, UpdateAccountBody } from '@credit-ledger/contract/accounts.ts';
import { externalAccount, judgeCurrencyKnown, resolveAccount } from './account-refs.ts';
import { judgeFunds, judgeOverflow, judgeStatus, type Leg } from './account-rules.ts';
import { refused, type Context, type Decided } from './decided.ts';
import { applyLegs } from './posting.ts';
import { refuse, refusePath, type Refusal } from './refusal.ts';
import { timeIn } from './sandboxes.ts';
import { availableOf, type Account, type AccountSettings, type DatedLimit } from './state.ts';
import { move } from './transfers.ts';
import { viewAccount } from './views.ts';

/** Opens an account; an opening balance is a deposit from the world outside in the same commit. */
export function openAccount(context: Context, body: OpenAccountBody): Decided {
  const { draft, trace } = context;
  const account = newAccount(context, body);
  const opening = body.opening_balance_minor ?? 0n;
  const refusal =
    judgeOpening(context, body) ?? (opening > 0n ? judgeDeposit(context, account, opening) : undefined);
  if (refusal !== undefined) return refused(refusal);
  draft.openAccount(account);
  draft.appendEvent({ type: 'AccountCreated', account, trace });
  if (opening > 0n) depositOpening(context, account, opening);
  const state = draft.account(account.settings.id) ?? account;
  return { outcome: answerAccount(state, 201) };
}

function judgeOpening({ draft, ledger }: Context, body: OpenAccountBody): Refusal | undefined {
  const { id, external_id: externalId } = body;
  if (id !== null && id !== undefined && draft.account(id) !== undefined) {
    return refuse('account_id_taken', `the account id ${id} is taken`, { account_id: id });
  }
  if (externalId !== null && externalId !== undefined) {
    const owner = draft.accountIdByExternalId(ledger.name, externalId);
    if (owner !== undefined)
      return refuse('external_id_taken', 'another account has this external id', { owner_id: owner });
  }
  return judgeCurrencyKnown(draft, body.currency);
}

function newAccount({ draft, ledger }: Context, body: OpenAccountBody): Account {
  const { time } = draft.inputs;
  const type = body.type ?? 'LIABILITY';
  const position = draft.position + 1;
  const settings: AccountSettings = {
    id: body.id ?? draft.inputs.mintId(),
    ledger: ledger.name,
    externalId: body.external_id ?? null,
    type,
    normalSide: body.normal_side ?? (type === 'ASSET' || type === 'EXPENSE' ? 'DEBIT' : 'CREDIT'),
    currency: body.currency,
    external: false,
    name: body.name ?? null,
    status: 'ACTIVE',
    creditLimit: body.credit_limit_minor ?? ledger.defaultCreditLimit,
    schedule: [],
    metadata: body.metadata?.text ?? '{}',
    revision: 1,
    createdAt: time,
    createdPosition: position,
  };
  const none = { debits: 0n, credits: 0n, held: 0n, incoming: 0n };
  return { settings, ...none, version: 1, updatedAt: time, position };
}

/** An opening balance is refused before anything is written where the deposit would be, by the same rules. */
function judgeDeposit(context: Context, account: Account, amount: bigint): Refusal | undefined {
  const outside = externalAccount(context, account.settings.currency);
  if ('code' in outside) return outside;
  const { from, to } = openingSides(account, outside);
  const legs: readonly Leg[] = [
    { name: 'from', account: from, side: 'DEBIT', amount, require: undefined },
    { name: 'to', account: to, side: 'CREDIT', amount, require: undefined },
  ];
  const { before, after } = applyLegs(context.draft, legs);
  return judgeStatus(legs) ?? judgeOverflow(after) ?? judgeFunds(before, after);
}

/** For an account of either side the opening balance is what makes its balance grow. */
function openingSides(account: Account, outside: Account): { from: Account; to: Account } {
  const isCredit = account.settings.normalSide === 'CREDIT';
  return isCredit ? { from: outside, to: account } : { from: account, to: outside };
}

function depositOpening(context: Context, account: Account, amount: bigint): void {
  const outside = externalAccount(context, account.settings.currency);
  assert(!('code' in outside), 'an opening balance was judged before');
  move(context, {
    id: context.draft.inputs.mintId(),
    ...openingSides(account, outside),
    amount,
    currency: account.settings.currency,
    body: { description: 'Opening balance' },
    reverses: null,
    forced: false,
  });
}

function answerAccount(account: Account, status: 200 | 201): Decided['outcome'] {
  const { id, revision } = account.settings;
  const body = viewAccount(account);
  return status === 201
    ? { kind: 'done', status, body, revision, location: `/v1/accounts/${id}` }
    : { kind: 'done', status, body, revision };
}

/** Changes an account's settings; what changes nothing writes nothing. */
export function updateAccount(
  context: Context,
  ref: string,
  body: UpdateAccountBody,
  ifMatch: number | undefined,
): Decided {
  const account = resolveAccount(context, ref, 'account');
  if ('code' in account) return refused(refusePath(account));
  const settings = changedSettings(account.settings, body);
  const refusal = judgeUpdate(account, settings, body, ifMatch);
  if (refusal !== undefined) return refused(refusal);
  if (isSame(settings, account.settings)) return { outcome: answerAccount(account, 200) };
  recordSettings(context, account, settings);
  for (
    let next = context.draft.account(settings.id);
    next !== undefined;
    next = beginDatedLimit(context, next)
  );
  return { outcome: answerAccount(context.draft.account(settings.id) ?? account, 200) };
}

function changedSettings(settings: AccountSettings, body: UpdateAccountBody): AccountSettings {
  const { name, status, credit_limit_minor: limit, credit_limit_schedule: schedule, metadata } = body;
  return {
    ...settings,
    name: name === undefined ? settings.name : name,
    status: status ?? settings.status,
    creditLimit: limit === undefined ? settings.creditLimit : limit,
    schedule: schedule === undefined ? settings.schedule : toSchedule(schedule),
    metadata: metadata === undefined ? settings.metadata : (metadata?.text ?? '{}'),
  };
}

function toSchedule(rows: UpdateAccountBody['credit_limit_schedule']): readonly DatedLimit[] {
  return (rows ?? [])
    .map((row) => ({ from: row.from, limit: row.limit_minor }))
    .toSorted((a, b) => a.from - b.from);
}

function isSame(a: AccountSettings, b: AccountSettings): boolean {
  const sameSchedule =
    a.schedule.length === b.schedule.length &&
    a.schedule.every(
      (row, index) => row.from === b.schedule[index]?.from && row.limit === b.schedule[index].limit,
    );
  return (
    sameSchedule &&
    a.name === b.name &&
    a.status === b.status &&
    a.creditLimit === b.creditLimit &&
    a.metadata === b.metadata
  );
}

function judgeUpdate(
  account: Account,
  next: AccountSettings,
  body: UpdateAccountBody,
  ifMatch: number | undefined,
): Refusal | undefined {
  const { settings } = account;
  if (ifMatch !== undefined && ifMatch !== settings.revision) return refuseRevision(settings, ifMatch);
  const { name, metadata } = next;
  if (settings.status === 'CLOSED' && !isSame(next, { ...settings, name, metadata })) {
    return refuse('account_closed', `the account ${settings.id} is closed for good`, {
      account_id: settings.id,
    });
  }
  if (settings.external && !staysOpenAndUnlimited(next)) return refuseExternal(settings);
  if (next.status === 'CLOSED' && settings.status !== 'CLOSED' && !isEmpty(account))
    return refuseNotEmpty(account);
  return body.allow_breach === true ? undefined : judgeLimit(account, next.creditLimit);
}

/** The account for the world outside has no limit and no end; it may be suspended, which stops what comes and goes. */
function staysOpenAndUnlimited({ status, creditLimit, schedule }: AccountSettings): boolean {
  return status !== 'CLOSED' && creditLimit === null && schedule.length === 0;
}

function refuseExternal({ id, externalId }: AccountSettings): Refusal {
  const detail = `${externalId} is the account for the world outside, which has no limit and no end`;
  return refuse('external_account_fixed', detail, { account_id: id });
}

function refuseRevision({ id, revision }: AccountSettings, ifMatch: number): Refusal {
  const detail = `the account ${id} is at revision ${revision}, not ${ifMatch}`;
  return { ...refuse('version_mismatch', detail, { revision }), status: 412 };
}

function isEmpty(account: Account): boolean {
  return account.debits === account.credits && account.held === 0n && account.incoming === 0n;
}

function refuseNotEmpty(account: Account): Refusal {
  const { id } = account.settings;
  return refuse(
    'account_not_empty',
    `the account ${id} still has a balance, a hold or something incoming`,
    {
      account_id: id,
      available_minor: availableOf(account),
      held_minor: account.held,
      incoming_minor: account.incoming,
    },
  );
}

/** `limit_below_use`: a lowered limit that is below what is used already. */
function judgeLimit(account: Account, limit: bigint | null): Refusal | undefined {
  const { id, creditLimit } = account.settings;
  const available = availableOf(account);
  const lowered = limit !== null && (creditLimit === null || limit < creditLimit);
  if (!lowered || available >= -limit) return undefined;
  return refuse('limit_below_use', `${-available} of credit is in use, more than a limit of ${limit}`, {
    account_id: id,
    used_minor: -available,
    credit_limit_minor: limit,
  });
}

/** Writes changed settings as one change of the account: revision and version grow by one. */
function recordSettings(
  { draft, trace }: Context,
  account: Account,
  settings: AccountSettings,
): Account {
  const next: Account = {
    ...account,
    settings: { ...settings, revision: settings.revision + 1 },
    version: account.version + 1,
    updatedAt: draft.inputs.time,
    position: draft.position + 1,
  };
  draft.recordAccount(next);
  draft.changedSettings.add(settings.id);
  draft.appendEvent({ type: 'AccountUpdated', account: next, trace });
  return next;
}

/** Begins the first limit of the account's schedule if it is due; a scheduled limit may breach. */
export function beginDatedLimit(context: Context, account: Account): Account | undefined {
  const { settings } = account;
  const time = timeIn(context);
  const [due, ...later] = settings.schedule;
  if (due === undefined || due.from > time) return undefined;
  return recordSettings(context, account, { ...settings, creditLimit: due.limit, schedule: later });
}
