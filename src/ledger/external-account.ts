import { deriveId } from './derived-id.ts';
import type { Account } from './state.ts';

/**
 * The namespace of the ids of external accounts, fixed for ever: a UUID v5 of it and
 * `<ledger>/external:<currency>`.
 */
const namespace = '6f0b9a52-c1b7-4f0e-9a3d-7f2d1c5e8b40';
const known = new Map<string, string>();
const knownMax = 10_000;

/** The id of the ledger's account for the world outside in a currency (UUID v5, RFC 9562). */
export function externalAccountId(ledger: string, currency: string): string {
  const name = `${ledger}/external:${currency}`;
  const found = known.get(name);
  if (found !== undefined) return found;
  const id = deriveId(namespace, name);
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
