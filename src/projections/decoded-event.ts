import { eventSchemaByType } from '@credit-ledger/contract/events.ts';
import type { Account } from '@credit-ledger/contract/gen/ledger/v1/events_pb.ts';
import {
  AccountCreatedSchema,
  AccountUpdatedSchema,
} from '@credit-ledger/contract/gen/ledger/v1/events_pb.ts';
import { fromBinary, type DescMessage } from '@bufbuild/protobuf';
import type { Message } from '../relay/transport/transport.ts';
import {
  readEntry,
  readTransferEvent,
  type AccountState,
  type Entry,
  type Transfer,
} from './event-messages.ts';

/** What projections take from an event, whatever its type. */
export interface DecodedEvent {
  readonly message: Message;
  /** States of accounts after it. */
  readonly states: readonly AccountState[];
  /** An account that was opened or changed. */
  readonly account: Account | undefined;
  readonly entry: Entry | undefined;
  readonly transfer: Transfer | undefined;
}

/** An event that is not what its type says: it can't be applied however often it comes. */
export class UnreadableEvent extends Error {
  override readonly name = 'UnreadableEvent';
}

/** How many events are kept for the other projections of this process that are about to read them. */
const keptMax = 8192;

/** Decodes each event once for all projections of a process. */
export class EventDecoder {
  readonly #kept = new Map<string, DecodedEvent>();

  /** @throws {UnreadableEvent} */
  decode(message: Message): DecodedEvent {
    const known = this.#kept.get(message.eventId);
    // A broker may deliver other bytes under the same id: only the same ones are the same event.
    if (known !== undefined && isSame(known.message.payload, message.payload)) return known;
    const decoded = decodeEvent(message);
    this.#kept.set(message.eventId, decoded);
    if (this.#kept.size > keptMax) this.#forgetOldest();
    return decoded;
  }

  #forgetOldest(): void {
    for (const oldest of this.#kept.keys()) {
      this.#kept.delete(oldest);
      return;
    }
  }
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return a === b || Buffer.compare(a, b) === 0;
}

/** @throws {UnreadableEvent} */
export function decodeEvent(message: Message): DecodedEvent {
  const decode = decoders[message.type];
  if (decode === undefined) throw new UnreadableEvent(`the type ${message.type} is unknown`);
  try {
    return { message, ...nothing, ...decode(message.payload) };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new UnreadableEvent(`${message.type} can not be read: ${why}`, { cause: error });
  }
}

type Content = Partial<Omit<DecodedEvent, 'message'>>;

const nothing: Omit<DecodedEvent, 'message'> = {
  states: [],
  account: undefined,
  entry: undefined,
  transfer: undefined,
};

const decoders: Readonly<Record<string, (bytes: Uint8Array) => Content>> = {
  AccountCreated: (bytes) => withAccount(fromBinary(AccountCreatedSchema, bytes)),
  AccountUpdated: (bytes) => withAccount(fromBinary(AccountUpdatedSchema, bytes)),
  EntryPosted: (bytes) => {
    const entry = readEntry(bytes);
    if (entry.entryId === '' || entry.lines.length < 2) throw new Error('it has no id or no lines');
    return { entry, states: entry.accounts };
  },
  TransferInitiated: (bytes) => withTransfer(bytes, { transfer: 7, accounts: 0 }),
  TransferScheduled: withChange,
  TransferCancelled: withChange,
  TransferHeld: withChange,
  TransferSettled: withChange,
  TransferCompleted: withChange,
  TransferFailed: withChange,
  TransferVoided: withChange,
  TransferExpired: withChange,
  TransferReversed: withChange,
  LedgerSealed: () => nothing,
  DriftFound: () => nothing,
};

/** The protobuf message of a type of event. */
export function schemaOf(type: string): DescMessage | undefined {
  return eventSchemaByType.get(type);
}

function withAccount({ account }: { account?: Account | undefined }): Content {
  if (account?.state === undefined) throw new Error('it has no account');
  return { account, states: [account.state] };
}

/** A transfer after what was done with it. */
function withChange(bytes: Uint8Array): Content {
  return withTransfer(bytes, { transfer: 1, accounts: 3 });
}

function withTransfer(bytes: Uint8Array, places: Parameters<typeof readTransferEvent>[1]): Content {
  const { transfer, accounts } = readTransferEvent(bytes, places);
  if (transfer === undefined) throw new Error('it has no transfer');
  return { transfer, states: accounts };
}

/** Accounts and transfers that an event touches, its key among them. */
export function keysOf({ message, states, account, entry, transfer }: DecodedEvent): string[] {
  const keys = new Set([message.key]);
  for (const state of states) keys.add(state.accountId);
  if (account !== undefined) keys.add(account.accountId);
  if (entry?.transferId !== undefined && entry.transferId !== '') keys.add(entry.transferId);
  if (transfer !== undefined) keys.add(transfer.transferId);
  return [...keys];
}
