import { errorRow, type RefusalCode } from '@credit-ledger/contract/errors.ts';
import type { JsonObject } from '@credit-ledger/contract/json.ts';

/** A rule's no: a value, not an exception. `facts` are the numbers that decided; amounts end in `_minor`. */
export interface Refusal {
  readonly code: RefusalCode;
  readonly status: number;
  readonly detail: string;
  readonly facts: JsonObject;
}

/** A refusal with the code's own status. */
export function refuse(code: RefusalCode, detail: string, facts: JsonObject = {}): Refusal {
  return { code, status: errorRow(code).status, detail, facts };
}

/** A refusal about the resource that the path names: an unknown one is 404 there. */
export function refusePath(refusal: Refusal): Refusal {
  return refusal.code === 'account_not_found' ? { ...refusal, status: 404 } : refusal;
}
