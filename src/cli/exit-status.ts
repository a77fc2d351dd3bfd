import {
  ApprovalPendingError,
  ConnectionError,
  CreditLedgerError,
  DeadlineError,
  isProblem,
  ProblemError,
} from '@credit-ledger/sdk/client.ts';

/** What a status of the program means; the page of commands shows this table. */
export const exitStatuses: readonly (readonly [status: number, what: string])[] = [
  [0, 'done'],
  [1, 'a no: something does not hold, differs, failed or waits for an approval'],
  [2, 'the command line can not be understood'],
  [3, 'the request is not of the documented shape'],
  [4, 'refused by a rule of the ledger, such as `insufficient_funds`'],
  [5, 'there is no such thing'],
  [6, 'the key is not valid, or does not allow this'],
  [7, 'no answer in time, too many requests, or not available now: the same command may be tried again'],
];

/** The status of the program for an error of a request. */
export function statusOf(error: unknown): number {
  if (error instanceof DeadlineError || error instanceof ConnectionError) return 7;
  if (error instanceof ApprovalPendingError) return 1;
  if (!(error instanceof ProblemError)) return error instanceof CreditLedgerError ? 7 : 1;
  const { status, code } = error;
  if (code.endsWith('_not_found') || status === 404) return 5;
  if (status === 401 || status === 403) return 6;
  if (error.retry === 'same_key') return 7;
  return status === 400 || status === 413 ? 3 : 4;
}

/** What a person is told of an error: the sentence, each wrong place, and how to go on. */
export function describeError(error: unknown): string {
  if (isProblem(error)) {
    const places = error.errors.map(({ pointer, detail }) => `\n  ${pointer} ${detail}`).join('');
    return `${error.problem.code}: ${error.detail}${error.errors.length > 1 ? places : ''}`;
  }
  if (error instanceof ApprovalPendingError)
    return `nothing was done yet: another administrator has to approve it, by
  credit-ledger api POST /v1/admin/approvals/${error.approvalId}/approve`;
  if (error instanceof CreditLedgerError && error.idempotencyKey !== undefined)
    return `${error.message}\nWhether it had its effect is not known: the same with --idempotency-key ${error.idempotencyKey} decides.`;
  return error instanceof Error ? error.message : String(error);
}
