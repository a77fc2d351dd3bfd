import { hash } from 'node:crypto';
import { formatTime } from '@credit-ledger/contract/times.ts';
import type { Entry, Line } from './state.ts';

/** What an entry's hash covers. */
export type HashedEntry = Omit<Entry, 'hash' | 'position' | 'lines'> & {
  readonly lines: readonly Omit<Line, 'debitsAfter' | 'heldAfter' | 'incomingAfter'>[];
};

/** The hash before the first entry of a ledger. */
export const genesisHash = '0'.repeat(64);

/**
 * The bytes that an entry's hash covers: a JSON array of strings (and null), which is its own canonical
 * form, so that anyone can rebuild it (docs/journal-format.md). Order: format, previous hash, ledger,
 * number, id, transfer, batch, reversed entry, forced, description, metadata as canonical JSON text,
 * posted, effective, then per line: account, side, amount, currency, balance after, version.
 */
export function canonicalEntry(entry: HashedEntry): string {
  let lines = '';
  for (const line of entry.lines) {
    lines += lines === '' ? '[' : ',[';
    lines += `"${line.account}","${line.side}","${line.amount}","${line.currency}",`;
    lines += `"${line.balanceAfter}","${line.version}"]`;
  }
  const posted = formatTime(entry.postedAt);
  const effective = entry.effectiveAt === entry.postedAt ? posted : formatTime(entry.effectiveAt);
  return (
    `["credit-ledger/entry/1","${entry.previousHash}","${entry.ledger}","${entry.number}","${entry.id}",` +
    `${quoted(entry.transferId)},${quoted(entry.batchId)},${quoted(entry.reverses)},"${entry.forced}",` +
    `${quoted(entry.description)},${entry.metadata === '{}' ? '"{}"' : quoted(entry.metadata)},` +
    `"${posted}","${effective}",[${lines}]]`
  );
}

function quoted(text: string | null): string {
  return text === null ? 'null' : JSON.stringify(text);
}

/** SHA-256 of the canonical entry, as 64 hexadecimal digits. */
export function hashEntry(entry: HashedEntry): string {
  return hash('sha256', canonicalEntry(entry), 'hex');
}
