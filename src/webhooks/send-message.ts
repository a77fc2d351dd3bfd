import { lookup as askSystem, type LookupAddress } from 'node:dns';
import { request as requestHttp, type IncomingMessage, type RequestOptions } from 'node:http';
import { request as requestHttps } from 'node:https';
import type { LookupFunction } from 'node:net';
import { mayConnectTo, refuseTarget, type TargetRules } from './target.ts';

/** How much of an answer is kept. */
const keptBytesMax = 1024;
/** How much of an answer is read: what is longer is cut off. */
const readBytesMax = 65_536;
const answerHeadBytesMax = 16_384;

/** What is sent, signed. */
export interface SignedMessage {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Asks for all addresses of a name, as `dns.lookup` does. */
export type LookUp = (
  hostname: string,
  options: { readonly all: true },
  callback: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void;

export interface SendOptions {
  readonly rules: TargetRules;
  /** From the look-up to the end of the answer. */
  readonly timeoutMs: number;
  readonly lookUp?: LookUp;
}

/** What came back: a status and the first bytes, or why nothing did. */
export type Reply =
  | {
      readonly kind: 'answered';
      readonly status: number;
      readonly retryAfter: string | undefined;
      readonly response: string;
    }
  | { readonly kind: 'failed'; readonly error: string };

/**
 * POSTs a message to a URL that somebody else chose. The name's addresses are judged when the connection asks
 * for them, and the connection goes to one of those and no other, so that a name that changes between check and
 * use leads nowhere; the address that it reached is judged once more before anything is sent. Redirects are
 * not followed. Never throws: what went wrong is the outcome of an attempt.
 */
export async function sendMessage(message: SignedMessage, options: SendOptions): Promise<Reply> {
  const refused = refuseTarget(message.url, options.rules);
  if (refused !== undefined) return { kind: 'failed', error: `the URL ${refused}` };
  try {
    return await exchange(new URL(message.url), message, options);
  } catch (error) {
    return { kind: 'failed', error: describe(error, options.timeoutMs) };
  }
}

function exchange(
  url: URL,
  { headers, body }: SignedMessage,
  { rules, timeoutMs, lookUp = askSystem }: SendOptions,
): Promise<Reply> {
  const { promise, resolve, reject } = Promise.withResolvers<Reply>();
  const options: RequestOptions = {
    method: 'POST',
    headers: { ...headers, 'content-length': Buffer.byteLength(body) },
    lookup: lookUpAllowed(rules, lookUp),
    maxHeaderSize: answerHeadBytesMax,
    agent: false,
    signal: AbortSignal.timeout(timeoutMs),
  };
  const send = url.protocol === 'https:' ? requestHttps : requestHttp;
  const request = send(url, options, (answer) => {
    readReply(answer).then(resolve, reject);
  });
  request.on('socket', (socket) => {
    socket.once('connect', () => {
      const { remoteAddress = '' } = socket;
      if (!mayConnectTo(remoteAddress, rules)) socket.destroy(new AddressRefused(remoteAddress));
    });
  });
  request.on('error', reject);
  request.end(body);
  return promise;
}

class AddressRefused extends Error {
  override readonly name = 'AddressRefused';
  constructor(address: string) {
    super(`the host has the address ${address}, which is private or special`);
  }
}

/** Resolves a name to those of its addresses that a connection may be made to. */
function lookUpAllowed(rules: TargetRules, lookUp: LookUp): LookupFunction {
  return (hostname, options, callback) => {
    lookUp(hostname, { all: true }, (error, addresses) => {
      if (error !== null) return callback(error, '', 0);
      const allowed = addresses.filter(({ address }) => mayConnectTo(address, rules));
      const [first] = allowed;
      if (first === undefined) return callback(new AddressRefused(list(addresses)), '', 0);
      if (options.all === true) return callback(null, allowed);
      return callback(null, first.address, first.family);
    });
  };
}

function list(addresses: readonly LookupAddress[]): string {
  return addresses.map(({ address }) => address).join(', ');
}

async function readReply(answer: IncomingMessage): Promise<Reply> {
  const kept: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of answer) {
    if (!(chunk instanceof Uint8Array)) continue;
    if (bytes < keptBytesMax) kept.push(new Uint8Array(chunk).subarray(0, keptBytesMax - bytes));
    bytes += chunk.length;
    if (bytes >= readBytesMax) break;
  }
  return {
    kind: 'answered',
    status: answer.statusCode ?? 0,
    retryAfter: answer.headers['retry-after'],
    response: Buffer.concat(kept).toString('utf8').replaceAll('\u0000', '\uFFFD'),
  };
}

function describe(error: unknown, timeoutMs: number): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === 'AbortError' || error.name === 'TimeoutError')
    return `there was no whole answer in ${timeoutMs} ms`;
  // Several addresses that were tried in turn fail together, with no message of their own.
  if (error instanceof AggregateError)
    return error.errors.map((one) => describe(one, timeoutMs)).join('; ');
  return error.message;
}
