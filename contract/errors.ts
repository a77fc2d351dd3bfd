/**
 * Every code the product answers with, once. The order inside a group is the order in which the codes are
 * judged: one answer carries one code, the first that applies (docs/errors.md is generated from this list).
 *
 * `retry` tells a program what to do: `never` the same request can't succeed, `same_key` send the same
 * request with the same key again, `new_request` it may succeed later, as a new request with a new key.
 */
type Row = readonly [status: number, retry: Retry, title: string];
export type Retry = 'never' | 'same_key' | 'new_request';

/** Refused for its shape or its sender before the ledger sees it: nothing is stored, the key stays free. */
export const shapeErrors = {
  malformed_json: [400, 'never', 'The body is not acceptable JSON'],
  invalid_request: [400, 'never', 'The request is not of the documented shape'],
  invalid_cursor: [400, 'never', 'The cursor does not belong to this list'],
  idempotency_key_required: [400, 'never', 'This request needs an Idempotency-Key'],
  idempotency_key_invalid: [400, 'never', 'The Idempotency-Key is malformed'],
  unauthorized: [401, 'never', 'No valid credential was given'],
  forbidden: [403, 'never', 'The credential does not allow this'],
  not_found: [404, 'never', 'There is no such resource'],
  method_not_allowed: [405, 'never', 'The resource does not have this method'],
  not_acceptable: [406, 'never', 'The answer is not available in an accepted media type'],
  request_timeout: [408, 'same_key', 'The request did not arrive in time'],
  payload_too_large: [413, 'never', 'The body is too large'],
  uri_too_long: [414, 'never', 'The address is too long'],
  unsupported_media_type: [415, 'never', 'The body has to be application/json'],
  expectation_failed: [417, 'never', 'The expectation is not supported'],
  headers_too_large: [431, 'never', 'The request headers are too large'],
} as const satisfies Record<string, Row>;

/** Refused by a rule under the ledger's order: binds its key for ever. In the order of judging. */
export const refusals = {
  ledger_not_found: [404, 'never', 'There is no such ledger'],
  idempotency_key_reused: [422, 'never', 'The key belongs to another request'],
  transfer_id_taken: [409, 'never', 'The transfer id belongs to another request'],
  account_id_taken: [409, 'never', 'The account id belongs to another request'],
  ledger_name_taken: [409, 'never', 'The ledger exists'],
  ledger_not_sandbox: [409, 'never', 'The ledger is no sandbox'],
  clock_not_forward: [422, 'never', 'A clock moves forward only'],
  currency_code_taken: [409, 'never', 'The currency exists with another scale'],
  external_id_taken: [409, 'never', 'The external id is in use'],
  too_few_lines: [422, 'never', 'An entry needs two lines'],
  currency_unknown: [422, 'never', 'The currency is not registered'],
  effective_at_too_far: [422, 'never', 'effective_at is more than a day ahead'],
  period_closed: [422, 'never', 'The books are closed for that time'],
  execute_at_not_in_future: [422, 'never', 'execute_at has to be later than now'],
  expiry_not_in_future: [422, 'never', 'A hold has to end later than now'],
  accounts_must_differ: [422, 'never', 'The two accounts are the same'],
  transfer_not_found: [404, 'never', 'There is no such transfer'],
  entry_not_found: [404, 'never', 'There is no such entry'],
  not_a_hold: [409, 'never', 'The transfer is not a hold'],
  not_reversible: [409, 'never', 'This can not be reversed'],
  not_cancellable: [409, 'never', 'The transfer can not be cancelled'],
  not_redrivable: [409, 'never', 'The transfer can not be run again'],
  hold_already_settled: [409, 'never', 'The hold was settled'],
  hold_already_voided: [409, 'never', 'The hold was voided'],
  hold_expired: [409, 'never', 'The hold has expired'],
  exceeds_held_amount: [422, 'never', 'More than what is held'],
  already_reversed: [409, 'never', 'This was reversed before'],
  exceeds_reversible_amount: [422, 'never', 'More than what is left to reverse'],
  period_not_over: [422, 'new_request', 'The period has not ended'],
  period_already_closed: [409, 'never', 'The ledger is closed until then or later'],
  account_not_found: [422, 'new_request', 'There is no such account'],
  version_mismatch: [409, 'new_request', 'The resource has another revision'],
  account_closed: [422, 'never', 'The account is closed'],
  external_account_fixed: [409, 'never', 'The account for the world outside has no limit and no end'],
  account_suspended: [422, 'new_request', 'The account is suspended'],
  not_a_credit_account: [422, 'never', 'Deposits and withdrawals are for CREDIT accounts'],
  currency_mismatch: [422, 'never', 'The currency is not that of the account'],
  unbalanced_entry: [422, 'never', 'Debits and credits differ'],
  condition_failed: [409, 'new_request', 'A condition of the request is not met'],
  amount_overflow: [422, 'never', 'A sum would leave 64 bits'],
  insufficient_funds: [422, 'new_request', 'The account has not enough available'],
  account_not_empty: [409, 'new_request', 'The account still holds or awaits money'],
  limit_below_use: [409, 'new_request', 'The limit is below what is already used'],
  processing_exhausted: [503, 'new_request', 'The transfer could not be run in the attempts it had'],
} as const satisfies Record<string, Row>;

/** Answers about reading that a caller can mend by asking otherwise or later. */
export const readErrors = {
  at_before_account: [422, 'never', 'The account did not exist at that time'],
  at_in_future: [422, 'never', 'That time has not come'],
  position_expired: [410, 'never', 'The log no longer has that position'],
  position_unknown: [422, 'never', 'The ledger has not reached that position'],
  entry_not_sealed: [409, 'new_request', 'The entry is not under a signed head yet'],
  head_not_found: [404, 'never', 'There is no such signed head'],
  statement_not_in_camt: [422, 'never', 'The statement can not be written as camt.053'],
  journal_altered: [500, 'never', 'The journal is not what was signed'],
  read_model_behind: [503, 'same_key', 'The read model has not reached that position'],
  read_models_unavailable: [503, 'same_key', 'The read models can not be read now'],
} as const satisfies Record<string, Row>;

/** Answers to whoever operates the product. */
export const operatorErrors = {
  operation_running: [409, 'new_request', 'Such an operation is running'],
  seal_key_is_given: [409, 'never', 'The key that signs is kept by someone else'],
  approver_is_requester: [403, 'never', 'Another administrator has to approve'],
  approval_closed: [409, 'never', 'The request was decided before, or its time is over'],
  api_key_ended: [409, 'never', 'The key was revoked, was replaced or has expired'],
  dead_letter_closed: [409, 'never', 'The dead letter was redriven or discarded'],
  webhook_url_refused: [422, 'never', 'Webhooks are not sent there'],
  too_many_webhooks: [422, 'never', 'The ledger has as many endpoints as it may'],
  delivery_pending: [409, 'new_request', 'The delivery is on its way'],
} as const satisfies Record<string, Row>;

/** Our faults and our limits: nothing is known to have happened, the same key decides. */
export const faults = {
  request_in_progress: [409, 'same_key', 'The first request with this key is still running'],
  rate_limited: [429, 'same_key', 'Too many requests'],
  internal_error: [500, 'same_key', 'The server failed'],
  overloaded: [503, 'same_key', 'The queue is full'],
  ledger_unavailable: [503, 'same_key', 'The ledger can not be written now'],
  identity_unavailable: [503, 'same_key', 'The identity provider can not be reached'],
  deadline_exceeded: [503, 'same_key', 'There was no answer in time'],
} as const satisfies Record<string, Row>;

export type ShapeCode = keyof typeof shapeErrors;
export type RefusalCode = keyof typeof refusals;
export type ReadErrorCode = keyof typeof readErrors;
export type OperatorErrorCode = keyof typeof operatorErrors;
export type FaultCode = keyof typeof faults;
export type ErrorCode = ShapeCode | RefusalCode | ReadErrorCode | OperatorErrorCode | FaultCode;

const rows: Record<ErrorCode, Row> = {
  ...shapeErrors,
  ...refusals,
  ...readErrors,
  ...operatorErrors,
  ...faults,
};

/** Every code, by what it is about, in the order in which codes of a group are judged. */
export const errorGroups: readonly { about: string; codes: readonly ErrorCode[] }[] = [
  { about: 'The shape of a request, and its sender', codes: codesOf(shapeErrors) },
  { about: 'The rules of the ledger', codes: codesOf(refusals) },
  { about: 'Reading', codes: codesOf(readErrors) },
  { about: 'Operating', codes: codesOf(operatorErrors) },
  { about: 'Our faults and limits', codes: codesOf(faults) },
];

function codesOf(group: Partial<Record<ErrorCode, Row>>): ErrorCode[] {
  return Object.keys(group).filter((code): code is ErrorCode => code in rows);
}

/** The row of a code: `{status, retry, title}`. */
export function errorRow(code: ErrorCode): { status: number; retry: Retry; title: string } {
  const [status, retry, title] = rows[code];
  return { status, retry, title };
}

/** A place in the body that is wrong: JSON Pointer (RFC 6901), our code and a sentence. */
export interface FieldError {
  pointer: string;
  code: string;
  detail: string;
}
