import { hash } from 'node:crypto';

let lastNamespace = '';
let lastSpace = Buffer.alloc(0);

/** The id that a name has for ever in a name space: a UUID v5 (RFC 9562) in lower case. */
export function deriveId(namespace: string, name: string): string {
  if (namespace !== lastNamespace) {
    lastSpace = Buffer.from(namespace.replaceAll('-', ''), 'hex');
    lastNamespace = namespace;
  }
  const bytes = hash('sha1', Buffer.concat([lastSpace, Buffer.from(name)]), 'buffer').subarray(0, 16);
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x50, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  const hex = bytes.toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20, 32)}`;
}
