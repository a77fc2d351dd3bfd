import { stringifyJson, type JsonObject } from '@credit-ledger/contract/json.ts';
import { formatTime } from '@credit-ledger/contract/times.ts';
import { bytesColumn, plainColumn, sparseColumn, textColumn } from '../postgres/array-parameters.ts';
import type { Draft } from './draft.ts';
import { encodeEvent } from './event-encoding.ts';
import type { LedgerEvent } from './events.ts';
import { rareRows } from './rare-rows.ts';
import type { Account, Entry, Ledger, Transfer } from './state.ts';
import { isDeferred } from './views.ts';

/** The place of a batch in the one order of commits. */
export interface Place {
  readonly epoch: number;
  readonly position: number;
  readonly batch: number;
  readonly time: number;
}

/** Text, or for byte strings the binary form. */
type Parameter = string | Buffer;

/** What the batch call found taken; nothing was written then. */
export interface Taken {
  readonly taken: 'key' | 'transfer' | 'account' | 'external' | 'account_external';
  readonly value: string;
}

const argumentCount = 83;
const placeholders = Array.from({ length: argumentCount }, (_, index) => `$${index + 1}`).join(',');

/**
 * The one write of the ledger (migrations/0002-post-batch.sql says what it does): one prepared call with
 * arrays, one round trip for a whole batch.
 */
export const postBatch = {
  name: 'post_batch',
  text: `select * from ledger.post_batch(${placeholders})`,
};

/** The arguments of the batch call, in its order. */
export function batchArguments(
  place: Place,
  draft: Draft,
  ledgerId: (name: string) => number,
): unknown[] {
  const time = formatTime(place.time);
  return [
    place.epoch,
    place.position,
    place.batch,
    draft.position,
    time,
    ...checkArguments(draft, ledgerId),
    ...keyArguments(draft),
    ...accountArguments(draft),
    ...transferArguments(draft, ledgerId),
    ...entryArguments(draft, ledgerId),
    ...lineArguments(draft),
    ...eventArguments(draft, ledgerId),
    ...ledgerArguments(draft),
    rareText(draft, ledgerId),
  ];
}

function checkArguments(draft: Draft, ledgerId: (name: string) => number): Parameter[] {
  const chosen: string[] = [];
  for (const id of draft.createdTransfers)
    if (draft.transfers.get(id)?.fingerprint !== null) chosen.push(id);
  const taken = draft.takenExternalIds();
  return [
    plainColumn(chosen, itself),
    plainColumn([...draft.openedAccounts], itself),
    ...externalArguments([...claimed(draft), ...assumedFree(draft)], ledgerId),
    ...externalArguments([...taken.accounts.keys()], ledgerId),
  ];
}

/**
 * The external ids that have to be free. One that this very batch took from a transfer which failed was that
 * transfer's until now, as is known, so the batch call need not ask whose it is; it would find it taken.
 */
function claimed(draft: Draft): string[] {
  const names: string[] = [];
  for (const [name, owner] of draft.takenExternalIds().transfers)
    if (owner !== null && !draft.freedExternalIds.has(name)) names.push(name);
  return names;
}

/**
 * A transfer that was refused for less than its external id was so because that was not known to be taken.
 */
function assumedFree(draft: Draft): string[] {
  const names: string[] = [];
  for (const id of draft.createdTransfers) {
    const transfer = draft.transfers.get(id);
    const code = transfer?.failure?.code;
    if (transfer === undefined || transfer.externalId === null || code === undefined) continue;
    const name = `${transfer.ledger}:${transfer.externalId}`;
    if (code !== 'external_id_taken' && !draft.freedExternalIds.has(name)) names.push(name);
  }
  return names;
}

function externalArguments(
  names: readonly string[],
  ledgerId: (name: string) => number,
): [string, string] {
  return [
    plainColumn(names, (name) => ledgerId(name.slice(0, name.indexOf(':')))),
    textColumn(names, (name) => name.slice(name.indexOf(':') + 1)),
  ];
}

function itself(value: string): string {
  return value;
}

function keyArguments(draft: Draft): Parameter[] {
  const keys = [...draft.keys.values()];
  return [
    plainColumn(keys, (key) => key.digest),
    plainColumn(keys, (key) => key.fingerprint),
    sparseColumn(keys, 'transfer', (key) => key.kind),
    sparseColumn(keys, null, (key) => key.subject),
    textColumn(keys, (key) => key.answer),
  ];
}

function accountArguments(draft: Draft): Parameter[] {
  const rows: Account[] = [];
  for (const [id, account] of draft.accounts) if (!draft.openedAccounts.has(id)) rows.push(account);
  return [
    plainColumn(rows, (row) => row.settings.id),
    plainColumn(rows, (row) => row.debits),
    plainColumn(rows, (row) => row.credits),
    sparseColumn(rows, 0n, (row) => row.held),
    sparseColumn(rows, 0n, (row) => row.incoming),
    plainColumn(rows, (row) => row.version),
    plainColumn(rows, (row) => row.position),
  ];
}

function timeOrNull(time: number | null): string | null {
  return time === null ? null : formatTime(time);
}

/** A time that differs from the batch's own, which the call fills in itself. */
function otherTime(time: number, batchTime: number): string | null {
  return time === batchTime ? null : formatTime(time);
}

function transferArguments(draft: Draft, ledgerId: (name: string) => number): Parameter[] {
  const rows: Transfer[] = [];
  for (const [id, transfer] of draft.transfers)
    if (draft.createdTransfers.has(id) && !isDeferred(transfer)) rows.push(transfer);
  return [
    plainColumn(rows, (row) => row.id),
    plainColumn(rows, (row) => ledgerId(row.ledger)),
    textColumn(rows, (row) => row.externalId),
    plainColumn(rows, (row) => row.from),
    plainColumn(rows, (row) => row.to),
    plainColumn(rows, (row) => row.amount),
    plainColumn(rows, (row) => row.currency),
    sparseColumn(rows, 'COMPLETED', (row) => row.status),
    sparseColumn(rows, 'COMPLETED', (row) => row.createdAs),
    sparseColumn(rows, 0n, (row) => row.held),
    sparseColumn(rows, 0n, (row) => row.settled),
    sparseColumn(rows, 0n, (row) => row.reversed),
    sparseColumn(rows, null, (row) => row.reverses),
    sparseColumn(rows, null, (row) => row.endedBy),
    plainColumn(rows, (row) => row.entryId),
    plainColumn(rows, (row) => row.entryNumber),
    textColumn(rows, (row) => (row.failure === null ? null : stringifyJson({ ...row.failure }))),
    textColumn(rows, (row) => row.description),
    textColumn(rows, (row) => row.metadata, '{}'),
    sparseColumn(rows, null, (row) => row.fingerprint),
    sparseColumn(rows, null, (row) => otherTime(row.effectiveAt, row.createdAt)),
    sparseColumn(rows, null, (row) => timeOrNull(row.expiresAt)),
    plainColumn(rows, (row) => row.createdPosition),
    sparseColumn(rows, null, (row) => (row.position === row.createdPosition ? null : row.position)),
  ];
}

function entryArguments(draft: Draft, ledgerId: (name: string) => number): Parameter[] {
  const rows: Entry[] = [...draft.entries.values()];
  return [
    plainColumn(rows, (row) => ledgerId(row.ledger)),
    plainColumn(rows, (row) => row.number),
    plainColumn(rows, (row) => row.position),
    plainColumn(rows, (row) => row.id),
    plainColumn(rows, (row) => row.transferId),
    textColumn(rows, (row) => row.batchId),
    sparseColumn(rows, null, (row) => row.reverses),
    sparseColumn(rows, false, (row) => row.forced),
    textColumn(rows, (row) => row.description),
    textColumn(rows, (row) => row.metadata, '{}'),
    sparseColumn(rows, null, (row) => otherTime(row.effectiveAt, row.postedAt)),
    bytesColumn(rows, (row) => Buffer.from(row.hash, 'hex')),
  ];
}

function lineArguments(draft: Draft): Parameter[] {
  const rows = [...draft.entries.values()].flatMap((entry) =>
    entry.lines.map((line, index) => ({ entry, line, number: index + 1 })),
  );
  return [
    plainColumn(rows, ({ entry }) => entry.position),
    plainColumn(rows, ({ number }) => number),
    plainColumn(rows, ({ line }) => line.account),
    plainColumn(rows, ({ entry }) => entry.number),
    plainColumn(rows, ({ line }) => line.side),
    plainColumn(rows, ({ line }) => line.amount),
    plainColumn(rows, ({ line }) => line.balanceAfter),
    plainColumn(rows, ({ line }) => line.debitsAfter),
    sparseColumn(rows, 0n, ({ line }) => line.heldAfter),
    sparseColumn(rows, 0n, ({ line }) => line.incomingAfter),
    plainColumn(rows, ({ line }) => line.version),
    sparseColumn(rows, null, ({ entry }) => otherTime(entry.effectiveAt, entry.postedAt)),
  ];
}

function eventArguments(draft: Draft, ledgerId: (name: string) => number): Parameter[] {
  const rows = draft.events;
  const about = rows.map(aggregateOf);
  return [
    plainColumn(rows, (row) => row.position),
    plainColumn(rows, (row) => row.type),
    plainColumn(about, (row) => ledgerId(row.ledger)),
    plainColumn(about, (row) => row.aggregate),
    plainColumn(about, (row) => row.key),
    bytesColumn(rows, encodeEvent),
    textColumn(rows, (row) => row.trace.traceparent ?? null),
    textColumn(rows, (row) => row.trace.correlationId ?? null),
  ];
}

/** What an event is about: entries of a transfer keep the order of their transfer, so they share its key. */
function aggregateOf(event: LedgerEvent): { ledger: string; aggregate: string; key: string } {
  switch (event.type) {
    case 'AccountCreated':
    case 'AccountUpdated':
      return {
        ledger: event.account.settings.ledger,
        aggregate: 'account',
        key: event.account.settings.id,
      };
    case 'LedgerSealed':
      return { ledger: event.ledger, aggregate: 'account', key: event.seal.id };
    case 'DriftFound':
      return { ledger: event.ledger, aggregate: 'account', key: event.drift.id };
    case 'EntryPosted': {
      const { ledger, transferId, id } = event.entry;
      return { ledger, aggregate: 'entry', key: transferId ?? id };
    }
    default:
      return { ledger: event.transfer.ledger, aggregate: 'transfer', key: event.transfer.id };
  }
}

function ledgerArguments(draft: Draft): Parameter[] {
  const rows: Ledger[] = [...draft.ledgers.values()];
  return [
    plainColumn(rows, (row) => row.id),
    plainColumn(rows, (row) => row.entryCount),
    bytesColumn(rows, (row) => Buffer.from(row.headHash, 'hex')),
  ];
}

function rareText(draft: Draft, ledgerId: (name: string) => number): string | null {
  const rows: JsonObject | undefined = rareRows(draft, ledgerId);
  return rows === undefined ? null : stringifyJson(rows);
}
