import type { z } from 'zod';
import type { Scope } from './api-keys.ts';
import type { ErrorCode } from './errors.ts';

/** One operation of the API. */
export interface Route {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly summary: string;
  readonly tag: string;
  /** What the caller's key has to allow; `any` key will do. */
  readonly scope: Scope | 'any';
  readonly params?: z.ZodType<Readonly<Record<string, string>>>;
  readonly query?: z.ZodType<object>;
  readonly body?: z.ZodType;
  /** Which of several shapes a body is meant to have. */
  readonly bodyFor?: (body: unknown) => z.ZodType;
  /** An absent body is read as `{}`. */
  readonly bodyOptional?: true;
  readonly status: 200 | 201 | 202;
  readonly response: z.ZodType;
  /** Further media types of the answer. */
  readonly alsoAnswers?: readonly string[];
  /** May be accepted with 202 and carried out later. */
  readonly deferrable?: true;
  /** May be held until another administrator approves (202). */
  readonly approvable?: true;
  /** Moves money, always or at times: needs an `Idempotency-Key` then, unless the client chose the id. */
  readonly money?: true | 'with opening balance';
  /** Goes through the ledger: takes an `Idempotency-Key` and says whether the answer is a replay. */
  readonly idempotent?: true;
  /** A batch, whose body may be larger. */
  readonly large?: true;
  /** Reads from a position that may be older than what is kept. */
  readonly expires?: true;
  /** Goes into the audit log, though its scope alone would not take it there. */
  readonly audited?: true;
  /** Waits until what is read has reached the position that its caller asks for. */
  readonly fresh?: true;
  /** Only the read models can answer. */
  readonly modelled?: true;
  /** What this operation can refuse beside what follows from the above. */
  readonly refusals?: readonly ErrorCode[];
}
