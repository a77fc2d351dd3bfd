import type {
  EntryPosted,
  Transfer as TransferMessage,
} from '@credit-ledger/contract/gen/ledger/v1/events_pb.ts';
import { Side } from '@credit-ledger/contract/gen/ledger/v1/events_pb.ts';
import { ProtobufReader } from './protobuf-reader.ts';

/*
 * What projections take from the messages of events.proto, read without the generated code: two of three events are
 * entries and transfers, and reading them was a quarter of what a rebuild costs. Fields are named as there.
 */

interface Money {
  readonly units: bigint;
  readonly currency: string;
}

export interface AccountState {
  readonly accountId: string;
  readonly currency: string;
  readonly balanceMinor: bigint;
  readonly heldMinor: bigint;
  readonly incomingMinor: bigint;
  readonly debitsMinor: bigint;
  readonly creditsMinor: bigint;
  readonly version: bigint;
}

export interface Line {
  readonly accountId: string;
  readonly amount: Money;
  readonly side: Side;
  readonly balanceAfterMinor: bigint;
  readonly version: bigint;
}

export type Entry = Pick<
  EntryPosted,
  | 'entryId'
  | 'tsUnixMs'
  | 'ledger'
  | 'entryNumber'
  | 'transferId'
  | 'effectiveUnixMs'
  | 'description'
  | 'metadataJson'
> & { readonly lines: readonly Line[]; readonly accounts: readonly AccountState[] };

export type Transfer = Pick<
  TransferMessage,
  | 'transferId'
  | 'ledger'
  | 'externalId'
  | 'from'
  | 'to'
  | 'status'
  | 'metadataJson'
  | 'effectiveUnixMs'
  | 'createdUnixMs'
> & { readonly amount: Money };

const noMoney: Money = { units: 0n, currency: '' };
const reader = new ProtobufReader();

/** Reads `EntryPosted`. @throws {MalformedMessage} */
export function readEntry(bytes: Uint8Array): Entry {
  reader.begin(bytes);
  const lines: Line[] = [];
  const accounts: AccountState[] = [];
  let [entryId, ledger, transferId, description, metadataJson] = ['', '', '', '', ''];
  let [tsUnixMs, entryNumber, effectiveUnixMs] = [0n, 0n, 0n];
  for (let field = reader.next(); field !== 0; field = reader.next())
    switch (field) {
      case 1:
        entryId = reader.text();
        break;
      case 3:
        lines.push(readLine());
        break;
      case 4:
        tsUnixMs = reader.integer();
        break;
      case 5:
        ledger = reader.text();
        break;
      case 6:
        entryNumber = reader.integer();
        break;
      case 7:
        transferId = reader.text();
        break;
      case 8:
        effectiveUnixMs = reader.integer();
        break;
      case 9:
        description = reader.text();
        break;
      case 10:
        metadataJson = reader.text();
        break;
      case 14:
        accounts.push(readState());
        break;
      default:
        reader.skip();
    }
  return {
    entryId,
    tsUnixMs,
    ledger,
    entryNumber,
    transferId,
    effectiveUnixMs,
    description,
    metadataJson,
    lines,
    accounts,
  };
}

/** Where an event about a transfer has its parts. */
interface Places {
  readonly transfer: number;
  readonly accounts: number;
}

/** Reads an event about a transfer. @throws {MalformedMessage} */
export function readTransferEvent(
  bytes: Uint8Array,
  { transfer: place, accounts: others }: Places,
): { readonly transfer: Transfer | undefined; readonly accounts: readonly AccountState[] } {
  reader.begin(bytes);
  let transfer: Transfer | undefined;
  const accounts: AccountState[] = [];
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === place) transfer = readTransfer();
    else if (field === others) accounts.push(readState());
    else reader.skip();
  }
  return { transfer, accounts };
}

function readTransfer(): Transfer {
  const outer = reader.enter();
  let [transferId, ledger, externalId, from, to, status, metadataJson] = ['', '', '', '', '', '', ''];
  let [effectiveUnixMs, createdUnixMs] = [0n, 0n];
  let amount = noMoney;
  for (let field = reader.next(); field !== 0; field = reader.next())
    switch (field) {
      case 1:
        transferId = reader.text();
        break;
      case 2:
        ledger = reader.text();
        break;
      case 3:
        externalId = reader.text();
        break;
      case 4:
        from = reader.text();
        break;
      case 5:
        to = reader.text();
        break;
      case 6:
        amount = readMoney();
        break;
      case 7:
        status = reader.text();
        break;
      case 16:
        metadataJson = reader.text();
        break;
      case 17:
        effectiveUnixMs = reader.integer();
        break;
      case 19:
        createdUnixMs = reader.integer();
        break;
      default:
        reader.skip();
    }
  reader.leave(outer);
  return {
    transferId,
    ledger,
    externalId,
    from,
    to,
    amount,
    status,
    metadataJson,
    effectiveUnixMs,
    createdUnixMs,
  };
}

function readLine(): Line {
  const outer = reader.enter();
  let accountId = '';
  let amount = noMoney;
  let side: Side = Side.UNSPECIFIED;
  let [balanceAfterMinor, version] = [0n, 0n];
  for (let field = reader.next(); field !== 0; field = reader.next())
    switch (field) {
      case 1:
        accountId = reader.text();
        break;
      case 2:
        amount = readMoney();
        break;
      case 3:
        side = sideOf(reader.integer());
        break;
      case 4:
        balanceAfterMinor = reader.integer();
        break;
      case 5:
        version = reader.integer();
        break;
      default:
        reader.skip();
    }
  reader.leave(outer);
  return { accountId, amount, side, balanceAfterMinor, version };
}

function sideOf(value: bigint): Side {
  if (value === 1n) return Side.DEBIT;
  return value === 2n ? Side.CREDIT : Side.UNSPECIFIED;
}

function readState(): AccountState {
  const outer = reader.enter();
  let [accountId, currency] = ['', ''];
  let [balanceMinor, heldMinor, incomingMinor, debitsMinor, creditsMinor, version] = [
    0n,
    0n,
    0n,
    0n,
    0n,
    0n,
  ];
  for (let field = reader.next(); field !== 0; field = reader.next())
    switch (field) {
      case 1:
        accountId = reader.text();
        break;
      case 2:
        currency = reader.text();
        break;
      case 3:
        balanceMinor = reader.integer();
        break;
      case 4:
        heldMinor = reader.integer();
        break;
      case 5:
        incomingMinor = reader.integer();
        break;
      case 6:
        debitsMinor = reader.integer();
        break;
      case 7:
        creditsMinor = reader.integer();
        break;
      case 8:
        version = reader.integer();
        break;
      default:
        reader.skip();
    }
  reader.leave(outer);
  return {
    accountId,
    currency,
    balanceMinor,
    heldMinor,
    incomingMinor,
    debitsMinor,
    creditsMinor,
    version,
  };
}

function readMoney(): Money {
  const outer = reader.enter();
  let units = 0n;
  let currency = '';
  for (let field = reader.next(); field !== 0; field = reader.next())
    if (field === 1) units = reader.integer();
    else if (field === 2) currency = reader.text();
    else reader.skip();
  reader.leave(outer);
  return { units, currency };
}
