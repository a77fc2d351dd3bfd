import type { IncomingMessage } from 'node:http';
import { Agent, request } from 'node:https';
import { buffer } from 'node:stream/consumers';
import type { SecureContextOptions } from 'node:tls';
import { deserialize, serialize } from 'node:v8';
import type { FaultCode } from '@credit-ledger/contract/errors.ts';
import { parseAnswer, stringifyJson } from '@credit-ledger/contract/json.ts';
import { z } from 'zod';
import { isSampled, traceparentOf, type Tracing } from '../runtime/tracing.ts';
import type { Ledger, LedgerAnswer, LedgerRequest } from './commands.ts';
import { LedgerFault } from './fault.ts';

/*
 * Commands from a stand-by to the process that writes. Both are this program and know each other by the
 * internal token, so the bodies are V8's own serialisation (bigints survive it); answers carry their body
 * as JSON text.
 */

export const forwardPath = '/internal/commands';

export type Forwarded =
  | { readonly kind: 'answer'; readonly answer: LedgerAnswer }
  | { readonly kind: 'fault'; readonly fault: LedgerFault };

const requests = z
  .array(z.custom<LedgerRequest>((value) => typeof value === 'object' && value !== null))
  .max(10_000);

const results = z.array(
  z.union([
    z.object({ body: z.string(), answer: z.custom<LedgerAnswer>((value) => typeof value === 'object') }),
    z.object({
      code: z.custom<FaultCode>((value) => typeof value === 'string'),
      detail: z.string(),
      seconds: z.int(),
    }),
  ]),
);

/** How one process posts to another. */
export type Post = (
  url: URL,
  request: {
    readonly token: string;
    readonly body: Buffer;
    readonly signal: AbortSignal;
    readonly traceparent: string | undefined;
  },
) => Promise<{ readonly status: number; readonly bytes: Buffer }>;

const headersWith = (token: string, traceparent: string | undefined) => ({
  'content-type': 'application/octet-stream',
  authorization: `Internal ${token}`,
  ...(traceparent === undefined ? {} : { traceparent }),
});

/** By the authorities that Node knows, without a certificate of our own. */
export const postPlainly: Post = async (url, { token, body, signal, traceparent }) => {
  const response = await fetch(url, {
    method: 'POST',
    headers: headersWith(token, traceparent),
    body: new Uint8Array(body),
    signal,
  });
  return { status: response.status, bytes: Buffer.from(await response.arrayBuffer()) };
};

/** With a certificate of our own, to processes whose certificate our own authority has signed. */
export function createMutualPost(identity: () => SecureContextOptions): Post {
  const agent = new Agent({ keepAlive: true });
  return async (url, { token, body, signal, traceparent }) => {
    const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
    const headers = { ...headersWith(token, traceparent), 'content-length': body.length };
    request(url, { ...identity(), agent, method: 'POST', headers, signal }, resolve)
      .on('error', reject)
      .end(body);
    const response = await promise;
    return { status: response.statusCode ?? 0, bytes: await buffer(response) };
  };
}

/** How commands are sent to another process. */
export interface Way {
  readonly post: Post;
  readonly token: string;
  readonly tracing: Tracing;
}

/** Sends commands to the holder. @throws when it can't be reached: nothing is known then, the keys decide. */
export function forwardCommands(
  way: Way,
  holder: string,
  commands: readonly LedgerRequest[],
  signal: AbortSignal,
): Promise<Forwarded[]> {
  const { tracing } = way;
  const traced = commands.map(({ traceparent }) => traceparent).filter(isSampled);
  const [first, ...links] = traced;
  const attributes = { 'server.address': holder, 'ledger.commands': commands.length };
  const span = tracing.start('forward commands', first, { kind: 'client', attributes, links });
  const traceparent = span === undefined ? undefined : traceparentOf(span);
  return tracing.run(span, () => exchange(way, holder, commands, { signal, traceparent }));
}

async function exchange(
  { post, token }: Way,
  holder: string,
  commands: readonly LedgerRequest[],
  how: { readonly signal: AbortSignal; readonly traceparent: string | undefined },
): Promise<Forwarded[]> {
  const body = serialize(commands);
  const { status, bytes } = await post(new URL(forwardPath, holder), { token, body, ...how });
  if (status !== 200) throw new Error(`the writer at ${holder} answered ${status}`);
  return results.parse(deserialize(bytes)).map(readResult);
}

function readResult(result: z.infer<typeof results>[number]): Forwarded {
  if ('code' in result)
    return { kind: 'fault', fault: new LedgerFault(result.code, result.detail, result.seconds) };
  const { answer, body } = result;
  return {
    kind: 'answer',
    answer: answer.kind === 'done' ? { ...answer, body: parseAnswer(body) } : answer,
  };
}

/** Carries out forwarded commands and writes their results; the caller has checked the token. */
export async function answerForwarded(ledger: Ledger, body: Buffer): Promise<Buffer> {
  const commands = requests.parse(deserialize(body));
  const answers = await Promise.allSettled(commands.map((command) => ledger.submit(command)));
  return serialize(answers.map(writeResult));
}

function writeResult(result: PromiseSettledResult<LedgerAnswer>): unknown {
  if (result.status === 'rejected') {
    const fault: unknown = result.reason;
    return fault instanceof LedgerFault
      ? { code: fault.code, detail: fault.message, seconds: fault.retryAfterSeconds }
      : { code: 'internal_error', detail: 'the writer failed', seconds: 1 };
  }
  const answer = result.value;
  if (answer.kind === 'refused') return { body: '', answer };
  const { transfer: _, body, ...rest } = answer;
  return { body: stringifyJson(body), answer: { ...rest, body: null } };
}

/** An answer as bytes, with the request that it is to. */
export function writeAnswer(fingerprint: string, answer: LedgerAnswer): Buffer {
  return serialize([fingerprint, writeResult({ status: 'fulfilled', value: answer })]);
}

/** The answer, undefined where it is to another request. */
export function readAnswer(fingerprint: string, bytes: Buffer): LedgerAnswer | undefined {
  const [of, result] = keptAnswer.parse(deserialize(bytes));
  const [found] = results.parse([result]);
  if (of !== fingerprint || found === undefined) return undefined;
  const read = readResult(found);
  return read.kind === 'answer' ? read.answer : undefined;
}

const keptAnswer = z.tuple([z.string(), z.unknown()]);
