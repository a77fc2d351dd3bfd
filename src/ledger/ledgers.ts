import { isoScale } from '@credit-ledger/contract/currencies.ts';
import type {
  CreateLedgerBody,
  RegisterCurrencyBody,
  UpdateLedgerBody,
} from '@credit-ledger/contract/ledgers.ts';
import { refused, type Context, type Decided } from './decided.ts';
import type { News } from './events.ts';
import { openLedger, putLedger, viewLedger } from './ledger-state.ts';
import { refuse } from './refusal.ts';
import { beginLife } from './sandboxes.ts';

/** Opens a new, empty ledger, or the first life of a sandbox. */
export function createLedger({ draft }: Context, body: CreateLedgerBody): Decided {
  const { name } = body;
  if (draft.ledger(name) !== undefined || draft.livesOf(name).length > 0)
    return refused(refuse('ledger_name_taken', `the ledger ${name} exists`));
  const defaultCreditLimit = body.default_credit_limit_minor ?? null;
  const ledger =
    body.sandbox === true
      ? beginLife(draft, name, defaultCreditLimit)
      : openLedger(draft, { name, defaultCreditLimit, sandbox: null });
  return {
    outcome: { kind: 'done', status: 201, body: viewLedger(ledger), location: `/v1/ledgers/${name}` },
  };
}

/** Changes a ledger's default for new accounts; accounts there are keep their limits. */
export function updateLedger({ draft }: Context, name: string, body: UpdateLedgerBody): Decided {
  const ledger = draft.ledger(name);
  if (ledger === undefined) return refused(refuse('ledger_not_found', `there is no ledger ${name}`));
  const limit = body.default_credit_limit_minor;
  const next = limit === undefined ? ledger : { ...ledger, defaultCreditLimit: limit };
  if (next.defaultCreditLimit !== ledger.defaultCreditLimit) putLedger(draft, next);
  return { outcome: { kind: 'done', status: 200, body: viewLedger(next) } };
}

/** Puts a signed tree head or a drift into the log. */
export function announce({ draft, ledger, trace }: Context, news: News): Decided {
  draft.appendEvent({ ...news, ledger: ledger.name, trace });
  return { outcome: { kind: 'done', status: 201, body: { position: draft.position } } };
}

/** Registers a currency beyond ISO 4217; the same code with the same scale again changes nothing. */
export function registerCurrency({ draft }: Context, { code, scale }: RegisterCurrencyBody): Decided {
  const known = draft.currencyScale(code);
  if (known !== undefined && known !== scale) {
    return refused(refuse('currency_code_taken', `${code} has the scale ${known}`, { scale: known }));
  }
  if (known === undefined) draft.currencies.set(code, scale);
  const source = isoScale(code) === undefined ? 'registered' : 'iso4217';
  return {
    outcome: {
      kind: 'done',
      status: 201,
      body: { code, scale, source },
      location: `/v1/currencies/${code}`,
    },
  };
}
