import { ServerResponse, STATUS_CODES, type IncomingMessage, type Server } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { ErrorCode } from '@credit-ledger/contract/errors.ts';
import { stringifyJson } from '@credit-ledger/contract/json.ts';
import { problemDocument, type Problem } from '@credit-ledger/contract/problem.ts';
import { securityHeaders } from './security-headers.ts';

/** Errors of Node's HTTP parser by their codes; any other is a malformed request. */
const codes: Readonly<Record<string, ErrorCode>> = {
  HPE_HEADER_OVERFLOW: 'headers_too_large',
  ERR_HTTP_REQUEST_TIMEOUT: 'request_timeout',
};
const details: Partial<Record<ErrorCode, string>> = {
  headers_too_large: 'the request line and the headers are too large',
  request_timeout: 'the request did not arrive in time',
};

/** Answers what is not HTTP, too large or too slow, and ends the connection. */
export function answerClientError(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable || isAnswering(socket)) {
    socket.destroy(error);
    return;
  }
  const code = codes[error.code ?? ''] ?? 'invalid_request';
  endWith(socket, { code, detail: details[code] ?? 'the request is not well-formed HTTP/1.1' });
}

/**
 * Whether an earlier request on the connection is being answered: a second head must not get into its body.
 */
function isAnswering(socket: Socket): boolean {
  const message: unknown = Reflect.get(socket, '_httpMessage');
  return message instanceof ServerResponse && message.headersSent;
}

/** Writes a whole response by hand: there is no request to answer. */
function endWith(socket: Duplex, problem: Problem): void {
  const document = problemDocument(problem);
  const body = stringifyJson(document);
  const status = Number(document['status']);
  const headers = {
    ...securityHeaders,
    'content-type': 'application/problem+json',
    'content-length': String(Buffer.byteLength(body)),
    date: new Date().toUTCString(),
    connection: 'close',
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n${lines.join('')}\r\n${body}`);
}

/** What Node would answer by itself with an empty body, or not at all. */
export function answerOddRequests(server: Server): void {
  server.on('checkExpectation', (_request: IncomingMessage, response: ServerResponse) => {
    const problem: Problem = {
      code: 'expectation_failed',
      detail: 'only Expect: 100-continue is supported',
    };
    const headers = {
      ...securityHeaders,
      'content-type': 'application/problem+json',
      connection: 'close',
    };
    response.writeHead(417, headers).end(stringifyJson(problemDocument(problem)));
  });
  server.on('connect', (_request, socket) => {
    endWith(socket, { code: 'method_not_allowed', detail: 'this server is no proxy' });
  });
}
