import { randomUUID } from 'node:crypto';
import { send } from './http.ts';

/** What runs against a server until it is stopped. */
export interface TransferLoad {
  /** How often each thing came out: `moved`, `read`, or what was answered instead. */
  readonly outcomes: ReadonlyMap<string, number>;
  readonly moved: () => number;
  stop(): Promise<void>;
}

/** Transfers between `ext:a` and `ext:b` and reads, one after the other on each client. */
export function startTransferLoad(url: string, authorization: string, clients = 6): TransferLoad {
  const run = randomUUID();
  const over = new AbortController();
  const outcomes = new Map<string, number>();
  let sent = 0;
  const count = (what: string): void => void outcomes.set(what, (outcomes.get(what) ?? 0) + 1);
  const work = async (): Promise<void> => {
    while (!over.signal.aborted) {
      sent += 1;
      const headers = { authorization, 'idempotency-key': `${run}-${sent}` };
      const body = { from: 'ext:a', to: 'ext:b', amount_minor: 1, currency: 'USD' };
      const moved = await send(`${url}/v1/transfers`, 'POST', headers, body);
      count(moved.status === 201 ? 'moved' : `${moved.status} ${moved.text.slice(0, 200)}`);
      const read = await send(`${url}/v1/accounts/ext:b/balance`, 'GET', { authorization }, undefined);
      count(read.status === 200 ? 'read' : `${read.status} ${read.text.slice(0, 200)}`);
    }
  };
  const clientsAtWork = Array.from({ length: clients }, work);
  const moved = (): number => outcomes.get('moved') ?? 0;
  const stop = async (): Promise<void> => {
    over.abort();
    await Promise.all(clientsAtWork);
  };
  return { outcomes, moved, stop };
}
