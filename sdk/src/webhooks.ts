/*
 * Webhooks by the Standard Webhooks specification (https://www.standardwebhooks.com): HMAC-SHA256 over
 * `id.timestamp.body`, several signatures while a secret is rotated.
 */

/** The headers of a delivery: a `Headers`, or an object as Node's http has it. */
export type WebhookHeaders = Headers | Readonly<Record<string, string | readonly string[] | undefined>>;

export interface VerifyOptions {
  /** `whsec_…`; several while a secret is rotated, any of which counts. */
  readonly secret: string | readonly string[];
  readonly headers: WebhookHeaders;
  /** The body as it came, byte for byte: parsed and written again it is another one. */
  readonly body: string | Uint8Array;
  /** How far its time may be from now; 300 when absent. */
  readonly toleranceSeconds?: number;
  /** Milliseconds since 1970; the clock when absent. */
  readonly now?: number;
}

/** A delivery that is what was signed. */
export interface Webhook {
  /** The same for every try of one message: remember it, to do its work once. */
  readonly id: string;
  readonly timestamp: Date;
  /** The body as text. */
  readonly body: string;
}

export type WebhookReason =
  | 'header_missing'
  | 'timestamp_malformed'
  | 'timestamp_too_old'
  | 'timestamp_too_new'
  | 'signature_mismatch'
  | 'secret_malformed';

/** A delivery that must not be believed. */
export class WebhookError extends Error {
  override readonly name = 'WebhookError';
  readonly reason: WebhookReason;

  constructor(reason: WebhookReason, message: string) {
    super(message);
    this.reason = reason;
  }
}

/** Checks that a delivery comes from who has the secret, and is recent. @throws {WebhookError} */
export async function verifyWebhook(options: VerifyOptions): Promise<Webhook> {
  const { secret, headers, now = Date.now(), toleranceSeconds = 300 } = options;
  const id = requireHeader(headers, 'webhook-id');
  const timestamp = requireHeader(headers, 'webhook-timestamp');
  const signatures = requireHeader(headers, 'webhook-signature').split(' ');
  checkTime(timestamp, now, toleranceSeconds);
  const body = typeof options.body === 'string' ? options.body : new TextDecoder().decode(options.body);
  const signed = joinBytes(`${id}.${timestamp}.`, options.body);
  const secrets = typeof secret === 'string' ? [secret] : secret;
  for (const one of secrets) {
    const key = await importSecret(one, 'verify');
    for (const signature of signatures) {
      const bytes = signature.startsWith('v1,') ? readBase64(signature.slice(3)) : undefined;
      // WebCrypto compares in constant time.
      if (bytes !== undefined && (await crypto.subtle.verify('HMAC', key, bytes, signed)))
        return { id, timestamp: new Date(Number(timestamp) * 1000), body };
    }
  }
  throw new WebhookError('signature_mismatch', 'no signature is one of the secret over this body');
}

/** A signature as `webhook-signature` carries it, for tests of a receiver. */
export async function signWebhook(
  secret: string,
  id: string,
  timestampSeconds: number,
  body: string,
): Promise<string> {
  const key = await importSecret(secret, 'sign');
  const bytes = await crypto.subtle.sign('HMAC', key, joinBytes(`${id}.${timestampSeconds}.`, body));
  return `v1,${btoa(String.fromCharCode(...new Uint8Array(bytes)))}`;
}

function requireHeader(headers: WebhookHeaders, name: string): string {
  const value = headers instanceof Headers ? headers.get(name) : fieldOf(headers, name);
  if (typeof value === 'string' && value !== '') return value;
  throw new WebhookError('header_missing', `the header ${name} is missing, or is there twice`);
}

function fieldOf(headers: Exclude<WebhookHeaders, Headers>, name: string): unknown {
  return Object.entries(headers).find(([field]) => field.toLowerCase() === name)?.[1];
}

function checkTime(timestamp: string, now: number, toleranceSeconds: number): void {
  if (!/^\d{1,12}$/.test(timestamp))
    throw new WebhookError('timestamp_malformed', 'webhook-timestamp is not in seconds since 1970');
  const ageSeconds = now / 1000 - Number(timestamp);
  if (ageSeconds > toleranceSeconds)
    throw new WebhookError('timestamp_too_old', `the delivery is ${Math.round(ageSeconds)} s old`);
  if (ageSeconds < -toleranceSeconds)
    throw new WebhookError('timestamp_too_new', 'the delivery is from the future: check the clock');
}

async function importSecret(secret: string, use: 'sign' | 'verify'): Promise<CryptoKey> {
  const bytes = readBase64(secret.replace(/^whsec_/, ''));
  if (bytes === undefined || bytes.length === 0)
    throw new WebhookError('secret_malformed', 'the secret is not whsec_ and base64');
  return crypto.subtle.importKey('raw', bytes, { name: 'HMAC', hash: 'SHA-256' }, false, [use]);
}

function readBase64(text: string): Uint8Array<ArrayBuffer> | undefined {
  try {
    return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  } catch {
    return undefined;
  }
}

function joinBytes(head: string, body: string | Uint8Array): Uint8Array<ArrayBuffer> {
  const encoder = new TextEncoder();
  const first = encoder.encode(head);
  const second = typeof body === 'string' ? encoder.encode(body) : body;
  const joined = new Uint8Array(first.length + second.length);
  joined.set(first);
  joined.set(second, first.length);
  return joined;
}
