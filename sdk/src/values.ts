/** An amount of minor units in a request: a `bigint`, a safe integer, or a text of digits. */
export type AmountIn = bigint | number | string;

/** A time in a request: RFC 3339 with an offset, or a `Date`. Answers carry texts in UTC. */
export type TimeIn = string | Date;

/** What JSON can say. */
export type JsonValue = string | number | boolean | null | readonly JsonValue[] | JsonObject;

export interface JsonObject {
  readonly [field: string]: JsonValue | undefined;
}

/** Free fields of an account, transfer or entry: at most 50 keys and 16 KiB. */
export type Metadata = JsonObject;

/** The message of an event, its fields by their names in events.proto; amounts are bigints. */
export interface EventPayload {
  readonly [field: string]: EventValue;
}

export type EventValue =
  | string
  | number
  | bigint
  | boolean
  | null
  | undefined
  | readonly EventValue[]
  | EventPayload;

/** A place in a request that is wrong: JSON Pointer (RFC 6901), a code and a sentence. */
export interface FieldError {
  readonly pointer: string;
  readonly code: string;
  readonly detail: string;
}

/** A problem document (RFC 9457); further fields are the numbers that decided, amounts among them as bigints. */
export interface ProblemDocument {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: string;
  /** The same request can't succeed; send it again with the same key; or later as a new one with a new key. */
  readonly retry: 'never' | 'same_key' | 'new_request';
  /** The FAILED transfer that was left. */
  readonly transfer_id?: string;
  readonly position?: number;
  readonly errors?: readonly FieldError[];
  readonly [fact: string]: unknown;
}
