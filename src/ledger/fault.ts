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

/** The process that writes does not answer: nothing is sent to it for a while. */
export function unreachable(): LedgerFault {
  return new LedgerFault('ledger_unavailable', 'the process that writes can not be reached now');
}

/** There has been no connection to write by for some time. */
export function databaseAway(): LedgerFault {
  return new LedgerFault('ledger_unavailable', 'the database can not be reached now');
}

/** More comes than is carried out. */
export function tooMany(): LedgerFault {
  return new LedgerFault('overloaded', 'too many commands are waiting');
}
