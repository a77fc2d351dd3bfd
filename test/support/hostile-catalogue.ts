import { metaRows } from './hostile-heads.ts';
import { moneyRows } from './hostile-values.ts';
import { stateRows } from './hostile-states.ts';
import type { World } from './hostile-world.ts';

/** One row of the catalogue of hostile inputs: its number, or a word for what has none. */
export interface Row {
  readonly of: number | string;
  readonly what: string;
  readonly act: (world: World) => Promise<string | readonly string[]>;
  /** Of every answer, or of each. */
  readonly expect: string | readonly string[];
}

/** A row that a test of its own shows, because it takes a server, a time or a part of its own. */
export interface Place {
  readonly of: number | string;
  readonly file: string;
  readonly name: string;
}

const places: readonly Place[] = [
  {
    of: 37,
    file: 'test/integration/gateway-raw.test.ts',
    name: 'a client that is slow with its headers or its body',
  },
  { of: 45, file: 'test/e2e/idempotency.test.ts', name: '500 identical requests' },
  { of: 46, file: 'test/integration/ledger.test.ts', name: "'request_in_progress'" },
  {
    of: 60,
    file: 'test/integration/gateway-auth.test.ts',
    name: 'a revoked or expired key is refused at the latest after 2 seconds',
  },
  { of: 61, file: 'test/integration/tokens.test.ts', name: 'no trick with a token' },
  { of: 62, file: 'test/integration/edges.test.ts', name: 'of trusted proxies only' },
  { of: 63, file: 'test/integration/edges.test.ts', name: 'web pages of the named origins may call' },
  { of: 73, file: 'test/integration/rate-limits.test.ts', name: 'a key may send as much in a second' },
  {
    of: 74,
    file: 'test/integration/gateway-raw.test.ts',
    name: 'requests that follow each other on one connection',
  },
  {
    of: 66,
    file: 'src/webhooks/send-message.test.ts',
    name: 'a name that leads to a private address is refused at the connection',
  },
  {
    of: 66,
    file: 'src/webhooks/send-message.test.ts',
    name: 'a redirect is an answer, and nobody follows it',
  },
  {
    of: 67,
    file: 'src/webhooks/send-message.test.ts',
    name: 'an answer that does not come, comes slowly or is none at all',
  },
  { of: 76, file: 'test/faults/projections.test.ts', name: 'a poison event' },
];

/** All of it: values, heads and addresses, then states. */
export const catalogue: readonly (Row | Place)[] = [...moneyRows, ...metaRows, ...stateRows, ...places];
