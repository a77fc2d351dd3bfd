import type { ErrorCode, FieldError } from '@credit-ledger/contract/errors.ts';
import type { JsonObject } from '@credit-ledger/contract/json.ts';

/** At most this many fields are named in one answer. */
const errorsMax = 100;

/** A request that ends here, before the ledger sees it: thrown by whatever reads a part of it. */
export class RequestError extends Error {
  readonly code: ErrorCode;
  readonly errors: readonly FieldError[] | undefined;
  readonly facts: JsonObject;
  readonly headers: Readonly<Record<string, string>>;
  constructor(
    code: ErrorCode,
    detail: string,
    more: {
      errors?: readonly FieldError[];
      facts?: JsonObject;
      headers?: Readonly<Record<string, string>>;
    } = {},
  ) {
    super(detail);
    this.name = 'RequestError';
    this.code = code;
    this.errors = more.errors?.slice(0, errorsMax);
    this.facts = more.facts ?? {};
    this.headers = more.headers ?? {};
  }
}

/** A credential that does not count. Callers are told nothing of why: the audit log is. */
export class CredentialRefused extends RequestError {
  readonly reason: string;
  readonly actor: string | null;
  /**
   * @param actor whose credential it is, where that is known
   * @param detail what the caller is told
   */
  constructor(reason: string, actor: string | null, detail = 'the key is not valid') {
    super('unauthorized', detail, {
      headers: { 'www-authenticate': 'Bearer realm="credit-ledger", error="invalid_token"' },
    });
    this.reason = reason;
    this.actor = actor;
  }
}

/** A header, a query parameter or a part of the path that is not of its shape. */
export function invalidPart(pointer: string, detail: string): RequestError {
  return new RequestError('invalid_request', `${pointer} ${detail}`, {
    errors: [{ pointer, code: 'invalid_value', detail }],
  });
}
