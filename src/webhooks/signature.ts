import { createHmac } from 'node:crypto';

/** Of a secret, before base64. */
export const secretBytes = 32;
const prefix = 'whsec_';

/** The form in which a secret is shown and given to verifiers. */
export function showSecret(secret: string): string {
  return prefix + secret;
}

/**
 * The value of `webhook-signature` (Standard Webhooks 1.0): HMAC-SHA-256 over `<id>.<timestamp>.<body>` with each
 * secret (base64), as `v1,<base64>` with spaces between, so that a receiver finds the one it knows.
 */
export function signMessage(
  secrets: readonly string[],
  { id, timestamp, body }: { readonly id: string; readonly timestamp: number; readonly body: string },
): string {
  return secrets
    .map((secret) => {
      const key = Buffer.from(secret, 'base64');
      return `v1,${createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64')}`;
    })
    .join(' ');
}
