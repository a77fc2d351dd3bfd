import { connect, type Socket } from 'node:net';
import { performance } from 'node:perf_hooks';
import { medianOf } from './statistics.ts';

export interface OpenLoad {
  readonly url: string;
  readonly key: string;
  /** Requests a second, sent whether or not earlier ones were answered. */
  readonly perSecond: number;
  readonly seconds: number;
  readonly accounts: number;
  readonly run: string;
}

/** What became of them; latencies in milliseconds from the time at which each was to be sent. */
export interface OpenResult {
  readonly sent: number;
  readonly done: number;
  readonly refused: number;
  readonly other: number;
  readonly p50Done: number;
  readonly p99Done: number;
}

const tickMs = 2;

/** Sends transfers at a fixed rate on as many connections as it takes, each used for one request at a time. */
export async function runOpenLoop(load: OpenLoad): Promise<OpenResult> {
  const { hostname, port } = new URL(load.url);
  const latencies: number[] = [];
  const counts = { sent: 0, refused: 0, other: 0 };
  const idle: Socket[] = [];
  const begun = new Map<Socket, number>();
  const open = (): Socket => {
    const socket = connect(Number(port), hostname);
    socket.setNoDelay(true);
    let text = '';
    socket.on('data', (chunk: Buffer) => {
      text += chunk.toString('latin1');
      const end = text.indexOf('\r\n\r\n');
      const length = /\r\ncontent-length: (\d+)/i.exec(text)?.[1];
      if (end === -1 || text.length < end + 4 + Number(length ?? 0)) return;
      count(text.slice(9, 12), performance.now() - (begun.get(socket) ?? 0));
      text = '';
      idle.push(socket);
    });
    socket.on('error', () => void (counts.other += 1));
    return socket;
  };
  const count = (status: string, ms: number): void => {
    if (status === '201') latencies.push(ms);
    else if (status === '503' || status === '429') counts.refused += 1;
    else counts.other += 1;
  };
  const startedAt = performance.now();
  const total = load.perSecond * load.seconds;
  while (counts.sent < total) {
    const due = Math.min(total, ((performance.now() - startedAt) / 1000) * load.perSecond);
    while (counts.sent < due) {
      const socket = idle.pop() ?? open();
      begun.set(socket, startedAt + (counts.sent / load.perSecond) * 1000);
      socket.write(requestOf(load, counts.sent));
      counts.sent += 1;
    }
    await new Promise((resolve) => setTimeout(resolve, tickMs));
  }
  const until = performance.now() + 15_000;
  while (idle.length < begun.size && performance.now() < until)
    await new Promise((resolve) => setTimeout(resolve, 10));
  for (const socket of begun.keys()) socket.destroy();
  const sorted = latencies.toSorted((a, b) => a - b);
  return {
    ...counts,
    done: sorted.length,
    p50Done: medianOf(sorted),
    p99Done: sorted[Math.floor(sorted.length * 0.99)] ?? 0,
  };
}

function requestOf({ key, accounts, run }: OpenLoad, count: number): string {
  const id = (index: number): string =>
    `00000000-0000-4000-8000-${((index % accounts) + 1).toString(16).padStart(12, '0')}`;
  const body = `{"from":"${id(count)}","to":"${id(count + 1)}","amount_minor":100,"currency":"USD"}`;
  return (
    `POST /v1/transfers HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${key}\r\n` +
    `Content-Type: application/json\r\nIdempotency-Key: ${run}-${count}\r\n` +
    `Content-Length: ${body.length}\r\n\r\n${body}`
  );
}
