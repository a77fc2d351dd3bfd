import { createHash } from 'node:crypto';
import type { Account } from './state.ts';

/**
 * The namespace of the ids of external accounts, fixed for ever: a UUID v5 of it and
 * `<ledger>/external:<currency>`.
 */
const namespace = Buffer.from('6f0b9a52c1b74f0e9a3d7f2d1c5e8b40', 'hex');
const known = new Map<string, string>();
const knownMax = 10_000;

/** The id of the ledger's account for the world outside in a currency (UUID v5, RFC 9562). */
export function externalAccountId(ledger: string, currency: string): string {
  const name = `${ledger}/external:${currency}`;
  const found = known.get(name);
  if (found !== undefined) return found;
  const bytes = createHash('sha1').update(namespace).update(name).digest().subarray(0, 16);
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x50, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  const id = bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
  if (known.size < knownMax) known.set(name, id);
  return id;
}

/** A fresh external account: DEBIT-normal, unlimited. */
export function newExternalAccount(
  ledger: string,
  currency: string,
  time: number,
  position: number,
): Account {
  return {
    settings: {
      id: externalAccountId(ledger, currency),
      ledger,
      externalId: `external:${currency}`,
      type: 'ASSET',
      normalSide: 'DEBIT',
      currency,
      external: true,
      name: `The world outside, ${currency}`,
      status: 'ACTIVE',
      creditLimit: null,
      schedule: [],
      metadata: '{}',
      revision: 1,
      createdAt: time,
      createdPosition: position,
    },
    debits: 0n,
    credits: 0n,
    held: 0n,
    incoming: 0n,
    version: 1,
    updatedAt: time,
    position,
  };
}
