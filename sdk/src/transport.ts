import {
  ApprovalPendingError,
  ConnectionError,
  type CreditLedgerError,
  DeadlineError,
  ProblemError,
  readProblem,
  type RequestFacts,
  UnexpectedAnswerError,
} from './errors.ts';
import { parseAnswer, requireExact, writeBody } from './json.ts';
import { backoffMs, pause } from './pause.ts';

/** How the client is made. */
export interface ClientOptions {
  /** Where the server is, such as `https://ledger.example.com`. */
  readonly url: string;
  /** The API key or token, or what gives it for each request; absent where a cookie of the page's own counts. */
  readonly apiKey?: string | (() => string | Promise<string>) | undefined;
  /** The ledger, where the key has several. */
  readonly ledger?: string | undefined;
  /** The time for a call with all its tries; 30,000 ms when absent. */
  readonly timeoutMs?: number | undefined;
  /** The time for one try; 10,000 ms when absent. */
  readonly attemptTimeoutMs?: number | undefined;
  /** How often a request is sent at most; 6 when absent, 1 for no retries. */
  readonly attemptsMax?: number | undefined;
  /** Sent with every request. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** In place of the global one. */
  readonly fetch?: typeof fetch | undefined;
  /** From 0 to below 1, for the jitter; `Math.random` when absent. */
  readonly random?: (() => number) | undefined;
  /** Makes idempotency keys; `crypto.randomUUID` when absent. */
  readonly newKey?: (() => string) | undefined;
}

/** What one call may say for itself. */
export interface CallOptions {
  /** 1 to 255 visible ASCII characters; when absent a new one is made, and kept for every try of this call. */
  readonly idempotencyKey?: string | undefined;
  readonly ledger?: string | undefined;
  /** Ends the call, whatever it is doing; whether its request had an effect is then not known. */
  readonly signal?: AbortSignal | undefined;
  readonly timeoutMs?: number | undefined;
  readonly attemptsMax?: number | undefined;
  /** Kept with the events that follow. */
  readonly correlationId?: string | undefined;
  readonly traceparent?: string | undefined;
  /** The revision of the account that a change is meant for. */
  readonly ifRevision?: number | undefined;
  /** Accepts a transfer at once and runs it later. */
  readonly respondAsync?: boolean | undefined;
  /** Has a batch answered with the results of what was refused alone. */
  readonly refusedOnly?: boolean | undefined;
  /** Is told what the answer says beside its body. */
  readonly onAnswer?: ((facts: AnswerFacts) => void) | undefined;
}

/** What an answer says beside its body. */
export interface AnswerFacts {
  readonly status: number;
  /** Whether the effect is an earlier one; undefined where that is no question. */
  readonly replayed: boolean | undefined;
  readonly requestId: string | undefined;
  readonly attempts: number;
}

/** A request of the API. */
export interface ApiRequest {
  readonly method: string;
  readonly path: string;
  readonly query?: object;
  readonly body?: object;
  /** Takes an `Idempotency-Key`. */
  readonly isKeyed?: boolean;
  /** The media type that is wanted in place of JSON. */
  readonly accept?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

type Attempt = { readonly response: Response; readonly text: string } | CreditLedgerError;

/** Answered before anything was done, so even what has no key may be sent again. */
const neverBegun: ReadonlySet<string> = new Set(['rate_limited', 'overloaded', 'identity_unavailable']);
const passingStatus: ReadonlySet<number> = new Set([429, 500, 502, 503, 504]);

/** Sends requests, again where that is safe and may help. */
export class Transport {
  readonly #options: ClientOptions;

  constructor(options: ClientOptions) {
    this.#options = options;
  }

  /** @returns the body of the answer. @throws {CreditLedgerError} */
  async ask<Answer>(request: ApiRequest, options: CallOptions = {}): Promise<Answer> {
    const { text } = await this.#send(request, options, true);
    // The answer is of the documented type: a client has to trust that somewhere, and does so here.
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion
    return parseAnswer(text) as Answer;
  }

  /** @returns the answer as soon as it begins; its body is not waited for. @throws {CreditLedgerError} */
  async open(request: ApiRequest, options: CallOptions = {}): Promise<Response> {
    const { response } = await this.#send({ accept: '*/*', ...request }, options, false);
    return response;
  }

  async #send(
    request: ApiRequest,
    options: CallOptions,
    isWhole: boolean,
  ): Promise<{ response: Response; text: string }> {
    const { random = Math.random, newKey = () => crypto.randomUUID() } = this.#options;
    const key = options.idempotencyKey ?? (request.isKeyed === true ? newKey() : undefined);
    const attemptsMax = options.attemptsMax ?? this.#options.attemptsMax ?? 6;
    const endsAt = performance.now() + (options.timeoutMs ?? this.#options.timeoutMs ?? 30_000);
    const name = `${request.method} ${request.path}`;
    const body = request.body === undefined ? undefined : writeBody(request.body);
    for (let attempts = 1; ; attempts++) {
      const facts = { request: name, idempotencyKey: key, attempts };
      const leftMs = endsAt - performance.now();
      const result = await this.#attempt(request, body, options, facts, leftMs, isWhole);
      options.signal?.throwIfAborted();
      if (!(result instanceof Error)) {
        tellAnswer(result.response, attempts, options);
        return result;
      }
      if (attempts >= attemptsMax || !mayRetry(request, key, result)) throw result;
      const waitMs = backoffMs(attempts, result.retryAfterMs, random());
      if (waitMs >= endsAt - performance.now())
        throw new DeadlineError(`${name}: there was no answer in time`, facts, result);
      await pause(waitMs, options.signal);
    }
  }

  async #attempt(
    request: ApiRequest,
    body: string | undefined,
    options: CallOptions,
    facts: RequestFacts,
    leftMs: number,
    isWhole: boolean,
  ): Promise<Attempt> {
    const { attemptTimeoutMs = 10_000, fetch: send = globalThis.fetch } = this.#options;
    const timer = new AbortController();
    const timeout = setTimeout(() => timer.abort(), Math.min(attemptTimeoutMs, Math.max(leftMs, 0)));
    const signals = [timer.signal, ...(options.signal === undefined ? [] : [options.signal])];
    try {
      const response = await send(this.#address(request), {
        method: request.method,
        headers: await this.#headers(request, options, facts.idempotencyKey),
        signal: AbortSignal.any(signals),
        ...(body === undefined ? {} : { body }),
      });
      const approvalId = heldAs(response);
      if (approvalId !== undefined) return new ApprovalPendingError(approvalId, facts);
      if (response.ok) return { response, text: isWhole ? await response.text() : '' };
      return await readFailure(response, facts);
    } catch (error) {
      return new ConnectionError(`${facts.request}: no answer: ${reasonOf(error)}`, facts, error);
    } finally {
      clearTimeout(timeout);
    }
  }

  #address({ path, query = {} }: ApiRequest): string {
    const parameters = new URLSearchParams();
    const given: [string, unknown][] = Object.entries(query);
    for (const [name, value] of given) addParameter(parameters, name, value);
    const text = parameters.toString();
    return `${this.#options.url.replace(/\/+$/, '')}${path}${text === '' ? '' : `?${text}`}`;
  }

  async #headers(
    request: ApiRequest,
    options: CallOptions,
    key: string | undefined,
  ): Promise<Record<string, string>> {
    const { apiKey, ledger, headers = {} } = this.#options;
    const token = typeof apiKey === 'function' ? await apiKey() : apiKey;
    const wanted = {
      accept: request.accept ?? 'application/json',
      prefer: preferencesOf(options),
      authorization: token === undefined ? undefined : `Bearer ${token}`,
      'content-type': request.body === undefined ? undefined : 'application/json',
      ledger: options.ledger ?? ledger,
      'idempotency-key': key,
      'correlation-id': options.correlationId,
      traceparent: options.traceparent,
      'if-match': options.ifRevision === undefined ? undefined : `"${options.ifRevision}"`,
    };
    const given = Object.entries(wanted).flatMap(([name, value]): [string, string][] =>
      value === undefined ? [] : [[name, value]],
    );
    return { ...headers, ...Object.fromEntries(given), ...request.headers };
  }
}

function preferencesOf({ respondAsync, refusedOnly }: CallOptions): string {
  const wanted = [
    ...(respondAsync === true ? ['respond-async'] : []),
    ...(refusedOnly === true ? ['return=minimal'] : []),
  ];
  return [...wanted, 'amounts=string'].join(', ');
}

function addParameter(parameters: URLSearchParams, name: string, value: unknown): void {
  if (value === undefined || value === null) return;
  if (typeof value === 'number' && name.endsWith('_minor')) requireExact(name, value);
  if (value instanceof Date) parameters.set(name, value.toISOString());
  else if (Array.isArray(value)) parameters.set(name, value.join(','));
  // Fields of the metadata are parameters of their own.
  else if (typeof value === 'object')
    for (const [field, text] of Object.entries(value)) parameters.set(`${name}.${field}`, String(text));
  else if (typeof value === 'number' || typeof value === 'bigint') parameters.set(name, `${value}`);
  else if (typeof value === 'string' || value === true) parameters.set(name, `${value}`);
}

/** The approval that a request waits for, where the server did not carry it out. */
function heldAs({ status, headers }: Response): string | undefined {
  if (status !== 202) return undefined;
  return /\/v1\/admin\/approvals\/([^/]+)$/.exec(headers.get('location') ?? '')?.[1];
}

async function readFailure(response: Response, facts: RequestFacts): Promise<CreditLedgerError> {
  const text = await response.text();
  const said = { ...facts, retryAfterMs: readRetryAfter(response.headers.get('retry-after')) };
  const problem = readProblem(response.headers.get('content-type'), text);
  if (problem === undefined) return new UnexpectedAnswerError(response.status, text, said);
  return new ProblemError(problem, response.headers.get('request-id') ?? undefined, said);
}

/** When the server wants to be asked again: seconds or a date. */
function readRetryAfter(text: string | null): number {
  if (text === null) return 0;
  const ms = /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text) - Date.now();
  return ms > 0 ? ms : 0;
}

/** Whether the same request may be sent again: it has a key or only reads, and a later try may end otherwise. */
function mayRetry(request: ApiRequest, key: string | undefined, error: CreditLedgerError): boolean {
  const isSafe = key !== undefined || request.method === 'GET' || request.method === 'DELETE';
  if (error instanceof ProblemError)
    return error.retry === 'same_key' && (isSafe || neverBegun.has(error.code));
  if (error instanceof ApprovalPendingError) return false;
  if (error instanceof UnexpectedAnswerError) return isSafe && passingStatus.has(error.status);
  return isSafe;
}

function tellAnswer({ status, headers }: Response, attempts: number, options: CallOptions): void {
  const replayed = headers.get('idempotency-replayed');
  options.onAnswer?.({
    status,
    replayed: replayed === null ? undefined : replayed === 'true',
    requestId: headers.get('request-id') ?? undefined,
    attempts,
  });
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === 'AbortError') return 'the time for a try is over';
  return error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message;
}
