import type { OutboxOut } from '@credit-ledger/contract/outbox.ts';
import type { Handlers } from './call.ts';

/** How far the brokers are behind the log. */
export function outboxHandlers(read: () => Promise<OutboxOut>): Handlers<'readOutbox'> {
  return {
    readOutbox: async () => ({ status: 200, body: await read(), headers: {} }),
  };
}
