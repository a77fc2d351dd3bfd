import { deriveId } from '../../src/ledger/derived-id.ts';
import type { Message, Subscription, Transport } from '../../src/relay/transport/transport.ts';

/** What a group has seen, kept as a read model keeps it: it survives its subscriptions. */
export class Collector {
  readonly group: string;
  readonly messages: Message[] = [];
  readonly faults: unknown[] = [];
  readonly partitionsOfKeys = new Map<string, Set<string>>();
  readonly applied = new Map<string, number>();
  /** Positions that came although they were applied, or out of order. */
  readonly repeats: number[] = [];
  /** Runs before a delivery is applied; what it throws is the handler's fault. */
  before: (messages: readonly Message[], partition: string) => Promise<void> | void = () => {};
  #transport: Transport | undefined;

  constructor(group: string) {
    this.group = group;
  }

  async subscribe(transport: Transport): Promise<Subscription> {
    this.#transport = transport;
    return transport.subscribe({
      group: this.group,
      appliedIn: (partition) => Promise.resolve(this.applied.get(partition) ?? 0),
      handle: async ({ partition, messages, position }) => {
        await this.before(messages, partition);
        for (const message of messages) this.#keep(partition, message);
        this.applied.set(partition, Math.max(this.applied.get(partition) ?? 0, position));
      },
      onFault: (error) => this.faults.push(error),
    });
  }

  #keep(partition: string, message: Message): void {
    if (message.position <= (this.applied.get(partition) ?? 0)) this.repeats.push(message.position);
    else this.messages.push(message);
    this.applied.set(partition, Math.max(this.applied.get(partition) ?? 0, message.position));
    const partitions = this.partitionsOfKeys.get(message.key) ?? new Set();
    this.partitionsOfKeys.set(message.key, partitions.add(partition));
  }

  /** How far the group is in the whole log: the smallest position over all partitions. */
  async position(): Promise<number> {
    const partitions = (await this.#transport?.partitionsOf(this.group)) ?? [];
    return Math.min(...partitions.map((partition) => this.applied.get(partition) ?? 0));
  }

  /** Positions seen, ascending. */
  positions(): number[] {
    return this.messages.map((message) => message.position).toSorted((a, b) => a - b);
  }
}

/** The id of the database that the made messages would be of. */
export const madeIn = '5d1a2f6e-0000-4000-8000-000000000001';

const aggregates = ['account', 'entry', 'transfer'] as const;
const types = { account: 'AccountUpdated', entry: 'EntryPosted', transfer: 'TransferCompleted' };

/** Events at these positions, over a few keys; the same at every call. */
export function makeMessages(first: number, last: number): Message[] {
  return Array.from({ length: last - first + 1 }, (_, index) => makeMessage(first + index));
}

function makeMessage(position: number): Message {
  const aggregate = aggregates[position % aggregates.length] ?? 'entry';
  const tail = (text: number): string => String(text).padStart(12, '0');
  return {
    position,
    epoch: 1,
    eventId: deriveId(madeIn, `1/${position}`),
    type: types[aggregate],
    schemaVersion: 1,
    ledger: 'main',
    aggregate,
    key: `00000000-0000-4000-8000-${tail(position % 7)}`,
    payload: Buffer.from(`payload ${position}`),
    traceparent:
      position % 2 === 0 ? '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01' : undefined,
    correlationId: position % 5 === 0 ? `correlation-${position}` : undefined,
    recordedAt: Date.UTC(2026, 0, 1) + position,
  };
}

/** All numbers from one to another. */
export function range(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}
