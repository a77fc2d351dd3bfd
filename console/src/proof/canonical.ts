import type { Entry } from '@credit-ledger/sdk';

/** Canonical JSON (RFC 8785): fields sorted by UTF-16 code units, no white space, numbers as ECMAScript writes them. */
export function canonicalJson(value: unknown): string {
  if (typeof value === 'bigint') return value.toString();
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  const fields = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return `{${fields.map(([name, item]) => `${JSON.stringify(name)}:${canonicalJson(item)}`).join(',')}}`;
}

/** The bytes that an entry's hash is made of (docs/journal-format.md). */
export function entryBytes(entry: Entry): Uint8Array<ArrayBuffer> {
  const lines = entry.lines.map((line) => [
    line.account_id,
    line.side,
    String(line.amount_minor),
    line.currency,
    String(line.balance_after_minor),
    String(line.version),
  ]);
  const elements = [
    'credit-ledger/entry/1',
    entry.previous_hash,
    entry.ledger,
    String(entry.entry_number),
    entry.id,
    entry.transfer_id,
    entry.batch_id,
    entry.reverses,
    String(entry.forced),
    entry.description,
    canonicalJson(entry.metadata),
    entry.posted_at,
    entry.effective_at,
    lines,
  ];
  return new TextEncoder().encode(JSON.stringify(elements));
}
