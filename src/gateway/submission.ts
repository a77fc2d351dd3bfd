import type { IncomingHttpHeaders } from 'node:http';
import { LateJson, type JsonText } from '@credit-ledger/contract/json.ts';
import type { Route } from '@credit-ledger/contract/route.ts';
import { routes, type Operation } from '@credit-ledger/contract/routes.ts';
import type { Command, Ledger, LedgerAnswer } from '../ledger/commands.ts';
import { prefersAmountsAsText, prefersAsync, type Answer } from './answer.ts';
import type { AnyCall } from './call.ts';
import { fingerprintRequest, readIdempotencyKey, type RequestIdentity } from './idempotency.ts';
import { answerProblem } from './problem.ts';
import { invalidPart, RequestError } from './request-error.ts';

/** What a submission needs to know of its request beside the command. */
export interface Submission {
  readonly command: Command;
  /** `idempotencyKey` of the body. */
  readonly bodyKey?: string | null | undefined;
  /** The caller chose the id of what moves money, gave each item its own key or id, or moves nothing. */
  readonly needsNoKey?: boolean;
  /** The body with its items in canonical text, where that is written already. */
  readonly canonical?: object;
}

/** Hands a command to the ledger and answers with what became of it. */
export async function submit(ledger: Ledger, call: AnyCall, submission: Submission): Promise<Answer> {
  const route: Route = routes[call.operation];
  const key = readIdempotencyKey(call.headers['idempotency-key'], submission.bodyKey);
  if (route.money !== undefined && submission.needsNoKey !== true) requireKey(key);
  const answer = await ledger.submit({
    ledger: call.ledger,
    command: submission.command,
    key,
    fingerprint: fingerprintRequest(identityOf(call), submission.canonical ?? call.body),
    traceparent: call.traceparent,
    correlationId: call.correlationId,
  });
  return toAnswer(answer);
}

/** @throws {RequestError} idempotency_key_required */
export function requireKey(key: string | undefined): void {
  if (key === undefined)
    throw new RequestError(
      'idempotency_key_required',
      'send a header Idempotency-Key, or choose the id yourself',
    );
}

/** What tells a request from others with its key. */
export function fingerprintOf(call: AnyCall): string {
  return fingerprintRequest(identityOf(call), call.body);
}

/** Whether an optional field says something: null and absent mean the same. */
export function isGiven(value: string | null | undefined): boolean {
  return value !== undefined && value !== null;
}

function identityOf(call: AnyCall): RequestIdentity {
  const { method, path } = routes[call.operation];
  return { method, path: fillPath(path, call.params), ...conditionsOf(call.headers) };
}

function conditionsOf(headers: IncomingHttpHeaders) {
  return {
    ifMatch: headers['if-match'],
    prefer: preferencesOf(headers['prefer']).join(','),
  };
}

/** The preferences that count, sorted. */
function preferencesOf(prefer: IncomingHttpHeaders['prefer']): string[] {
  return [
    ...(prefersAmountsAsText(prefer) ? ['amounts=string'] : []),
    ...(prefersAsync(prefer) ? ['respond-async'] : []),
  ];
}

/** The path with its ids in their normal form. */
function fillPath(path: string, params: Readonly<Record<string, string>> | undefined): string {
  if (params === undefined) return path;
  return path.replaceAll(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(params[name] ?? ''));
}

/** The fingerprint an item of a batch would have as a request of its own. */
export function fingerprintItem(call: AnyCall, single: Operation, item: JsonText): string {
  const { method, path } = routes[single];
  return fingerprintRequest(
    { method, path, ifMatch: undefined, prefer: amountsOnly(call.headers['prefer']) },
    item,
  );
}

/** An item is never answered later, whatever the preference of its batch. */
function amountsOnly(prefer: IncomingHttpHeaders['prefer']): string {
  return prefersAmountsAsText(prefer) ? 'amounts=string' : '';
}

function toAnswer(answer: LedgerAnswer): Answer {
  const replayed = { 'idempotency-replayed': String(answer.replayed) };
  if (answer.kind === 'refused') {
    const { refusal, transferId, position } = answer;
    return answerProblem({ ...refusal, transferId, position }, replayed);
  }
  const headers: Record<string, string> = replayed;
  if (answer.location !== undefined) headers['location'] = answer.location;
  if (answer.revision !== undefined) headers['etag'] = `"${answer.revision}"`;
  const { status, body } = answer;
  return { status, body: body instanceof LateJson ? body.make() : body, headers };
}

/** No account has this revision. */
const neverARevision = 0;

/**
 * The revision that `If-Match` names; undefined where it is absent or `*`. A strong tag that is no revision
 * of ours matches nothing.
 * @throws {RequestError} invalid_request for a weak, malformed or repeated tag.
 */
export function readIfMatch(header: string | undefined): number | undefined {
  if (header === undefined || header === '*') return undefined;
  const tag = /^"([\x21\x23-\x7e]*)"$/.exec(header)?.[1];
  if (tag === undefined) throw invalidPart('If-Match', 'must be one strong tag such as "3", or *');
  return /^[1-9][0-9]{0,15}$/.test(tag) ? Number(tag) : neverARevision;
}
