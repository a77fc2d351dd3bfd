import type { FaultCode } from '@credit-ledger/contract/errors.ts';

/** Our fault or our limit: nothing is known to have happened, the same request with the same key decides. */
export class LedgerFault extends Error {
  readonly code: FaultCode;
  readonly retryAfterSeconds: number;
  constructor(code: FaultCode, detail: string, retryAfterSeconds = 1, options?: ErrorOptions) {
    super(detail, options);
    this.name = 'LedgerFault';
    this.code = code;
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

/** More comes than is carried out. */
export function tooMany(): LedgerFault {
  return new LedgerFault('overloaded', 'too many commands are waiting');
}
