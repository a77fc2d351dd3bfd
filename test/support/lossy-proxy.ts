import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import type { TestContext } from 'node:test';

/** What becomes of a request on its way: it goes through, or its answer is lost, or the proxy itself answers. */
export type Fate =
  | 'through'
  | 'answer lost'
  | { status: number; headers?: Record<string, string>; body: string };

export interface LossyProxy {
  readonly url: string;
  /** The heads of all requests so far. */
  readonly seen: { method: string; path: string; headers: IncomingMessage['headers'] }[];
  /** What becomes of the next requests, in turn; those after them go through. */
  readonly fates: Fate[];
  /** Ends every connection. */
  cut(): void;
}

/** A proxy in front of a real server that loses answers when it is told to. */
export async function startLossyProxy(t: TestContext, target: string): Promise<LossyProxy> {
  const seen: LossyProxy['seen'] = [];
  const fates: Fate[] = [];
  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { method = 'GET', url: path = '/', headers } = request;
    seen.push({ method, path, headers });
    const fate = fates.shift() ?? 'through';
    if (typeof fate === 'object') {
      response.writeHead(fate.status, fate.headers).end(fate.body);
      return;
    }
    const sent = await text(request);
    const answer = await fetch(target + path, {
      method,
      headers: headersOf(headers),
      ...(sent === '' ? {} : { body: sent }),
    });
    if (fate === 'answer lost') {
      await answer.arrayBuffer();
      request.socket.destroy();
      return;
    }
    response.writeHead(answer.status, Object.fromEntries(withoutLength(answer.headers)));
    for await (const chunk of answer.body ?? []) response.write(chunk);
    response.end();
  };
  const server = createServer((request, response) => {
    handle(request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = addressOf(server.address());
  return { url: `http://127.0.0.1:${port}`, seen, fates, cut: () => server.closeAllConnections() };
}

function addressOf(address: string | AddressInfo | null): AddressInfo {
  if (address === null || typeof address === 'string') throw new Error('a server on a port');
  return address;
}

function headersOf(headers: IncomingMessage['headers']): Record<string, string> {
  const kept = Object.entries(headers).flatMap(([name, value]) =>
    typeof value === 'string' &&
    !['host', 'connection', 'content-length', 'accept-encoding'].includes(name)
      ? [[name, value] as const]
      : [],
  );
  return Object.fromEntries(kept);
}

function withoutLength(headers: Headers): [string, string][] {
  return [...headers].filter(
    ([name]) =>
      !['content-length', 'content-encoding', 'transfer-encoding', 'connection'].includes(name),
  );
}
