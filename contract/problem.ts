import { errorRow, type ErrorCode, type FieldError } from './errors.ts';
import type { JsonObject } from './json.ts';

/**
 * What a problem document is made from. `status` overrides the code's own; `facts` are the numbers that
 * decided.
 */
export interface Problem {
  readonly code: ErrorCode;
  readonly detail: string;
  readonly status?: number;
  readonly transferId?: string | undefined;
  readonly position?: number | undefined;
  readonly errors?: readonly FieldError[] | undefined;
  readonly facts?: JsonObject;
}

/** The problem document (RFC 9457) of an error, fields in their documented order. */
export function problemDocument(problem: Problem): JsonObject {
  const { status, retry, title } = errorRow(problem.code);
  return {
    type: `/docs/errors#${problem.code}`,
    title,
    status: problem.status ?? status,
    detail: problem.detail,
    code: problem.code,
    retry,
    transfer_id: problem.transferId,
    position: problem.position,
    errors: problem.errors?.map((error) => ({ ...error })),
    ...problem.facts,
  };
}
