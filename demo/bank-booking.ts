import type { AccountType } from '@credit-ledger/contract/accounts.ts';
import type { JsonObject } from '@credit-ledger/contract/json.ts';
import type { BankRow } from './bank-rows.ts';

/** An account of the bank's own book. */
interface BookAccount {
  readonly externalId: string;
  readonly name: string;
  readonly type: AccountType;
}

const currency = 'CZK';
const cash: BookAccount = { externalId: 'cash', name: 'Cash', type: 'ASSET' };
const interestPaid: BookAccount = {
  externalId: 'interest-expense',
  name: 'Interest paid',
  type: 'EXPENSE',
};
const fees: BookAccount = { externalId: 'fee-income', name: 'Fees for statements', type: 'INCOME' };
const penalties: BookAccount = {
  externalId: 'penalty-interest-income',
  name: 'Penalty interest',
  type: 'INCOME',
};

/** What the codes of the file mean. */
const symbols: Readonly<Record<string, string>> = {
  UROK: 'interest',
  SLUZBY: 'fee for statements',
  'SANKC. UROK': 'penalty interest',
  SIPO: 'household',
  DUCHOD: 'pension',
  POJISTNE: 'insurance',
  UVER: 'loan payment',
};
const operations: Readonly<Record<string, string>> = {
  VKLAD: 'cash in',
  VYBER: 'cash out',
  'VYBER KARTOU': 'card withdrawal',
  'PREVOD Z UCTU': 'from another bank',
  'PREVOD NA UCET': 'to another bank',
};

/** The other side of a row, seen from the customer's account. */
function counterpartOf({ id, operation, symbol, bank }: BankRow): BookAccount {
  if (symbol === 'UROK') return interestPaid;
  if (symbol === 'SLUZBY') return fees;
  if (symbol === 'SANKC. UROK') return penalties;
  if (!operation.startsWith('PREVOD')) return cash;
  if (bank === '') throw new Error(`the transaction ${id} names no partner bank`);
  return { externalId: `clearing-${bank}`, name: `Clearing with bank ${bank}`, type: 'ASSET' };
}

export const customerId = (account: string): string => `customer-${account}`;

function customerOf(account: string): BookAccount {
  return { externalId: customerId(account), name: `Customer ${account}`, type: 'LIABILITY' };
}

/** Bodies that open every account the rows touch, in the order of their first row; any may be overdrawn. */
export function accountsOf(rows: readonly BankRow[]): JsonObject[] {
  const found = new Map<string, BookAccount>();
  for (const row of rows) {
    for (const account of [customerOf(row.account), counterpartOf(row)])
      found.set(account.externalId, account);
  }
  return [...found.values()].map(({ externalId, name, type }) => ({
    external_id: externalId,
    name,
    type,
    currency,
    credit_limit_minor: null,
  }));
}

/**
 * The transfer that books a row. `from` is debited and `to` credited, and every row has a customer on one
 * side, so both balances come out as they are meant: a deposit debits cash, which grows, and credits the
 * customer, who grows; a fee debits the customer, who shrinks, and credits the income, which grows.
 */
export function transferOf(row: BankRow, ledger: string): JsonObject {
  const customer = `ext:${customerId(row.account)}`;
  const counterpart = `ext:${counterpartOf(row).externalId}`;
  return {
    from: row.isCredit ? counterpart : customer,
    to: row.isCredit ? customer : counterpart,
    amount_minor: row.amount,
    currency,
    external_id: row.id,
    description: symbols[row.symbol] ?? operations[row.operation] ?? null,
    effective_at: `${row.date}T00:00:00Z`,
    idempotencyKey: `${ledger}/transaction/${row.id}`,
  };
}
