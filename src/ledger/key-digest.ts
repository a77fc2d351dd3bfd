import { hash } from 'node:crypto';

/** The 16-byte digest of a key within its ledger, in the shape of a UUID. Keys and chosen ids are apart. */
export function keyDigest(space: 'key' | 'account', ledger: string, key: string): string {
  return uuidShaped(hash('sha256', `${space}\u0000${ledger}\u0000${key}`, 'hex'));
}

/** The first 16 bytes of a hexadecimal digest in the shape of a UUID. */
export function uuidShaped(hex: string): string {
  const groups = [
    hex.slice(0, 8),
    hex.slice(8, 12),
    hex.slice(12, 16),
    hex.slice(16, 20),
    hex.slice(20, 32),
  ];
  return groups.join('-');
}
