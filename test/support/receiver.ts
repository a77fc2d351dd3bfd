import { createHmac } from 'node:crypto';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { TestContext } from 'node:test';
import { z } from 'zod';

/** A webhook as it came. */
export interface Received {
  readonly id: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  readonly type: string;
  /** Of the event; undefined for a test. */
  readonly position: number | undefined;
}

export interface ReceiverAnswer {
  readonly status: number;
  readonly headers?: Record<string, string>;
  readonly body?: string;
}

/** A server of somebody else, that is sent webhooks. */
export interface Receiver {
  url: string;
  /** In the order in which they came. */
  readonly received: Received[];
  /** What it answers from now on; a promise that stays open never answers. */
  answer: (received: Received) => ReceiverAnswer | Promise<ReceiverAnswer>;
}

export async function startReceiver(t: TestContext): Promise<Receiver> {
  const received: Received[] = [];
  const receiver: Receiver = { url: '', received, answer: () => ({ status: 204 }) };
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => void reply(Buffer.concat(chunks).toString()));
    const reply = async (body: string): Promise<void> => {
      const message = toReceived(request.headers, body);
      received.push(message);
      const { status, headers = {}, body: text } = await receiver.answer(message);
      response.writeHead(status, headers).end(text);
    };
  });
  receiver.url = `http://127.0.0.1:${await listenFor(t, server)}/hook`;
  return receiver;
}

/** Opens a server of the test on a port of its own; the test's end closes it. @returns the port */
export async function listenFor(t: TestContext, server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  return typeof address === 'object' ? (address?.port ?? 0) : 0;
}

const shape = z.object({
  type: z.string(),
  data: z.object({ position: z.number().optional() }),
});

function toReceived(headers: IncomingHttpHeaders, body: string): Received {
  const { type, data } = shape.parse(JSON.parse(body));
  return { id: String(headers['webhook-id']), headers, body, type, position: data.position };
}

/** The signature that a receiver expects, as the specification has it. */
export function expectedSignature(secret: string, { headers, body }: Received): string {
  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
  const text = `${String(headers['webhook-id'])}.${String(headers['webhook-timestamp'])}.${body}`;
  return `v1,${createHmac('sha256', key).update(text).digest('base64')}`;
}

/** Settings by which a product of these tests may send to the receivers of these tests. */
export const towardsReceivers = {
  WEBHOOK_ALLOW_HTTP: 'true',
  WEBHOOK_ALLOW_ADDRESSES: '127.0.0.1',
  WEBHOOK_BACKOFF_MS_MIN: '1',
  WEBHOOK_BACKOFF_MS_MAX: '50',
};
