import { readFileSync } from 'node:fs';
import type { RequestListener, Server, ServerOptions } from 'node:http';
import { createServer } from 'node:https';
import { createSecureContext, type SecureContextOptions } from 'node:tls';
import { isDeepStrictEqual } from 'node:util';
import type { Logger } from '../runtime/log.ts';

/** Files are looked at this often: a change of a link to them is seen, too. */
const lookMs = 1000;

export interface CertificateOptions {
  readonly certFile: string;
  readonly keyFile: string;
  /** Who signs the certificates of our own processes; their commands need one then. */
  readonly caFile?: string | undefined;
  readonly log: Logger;
}

/** A certificate in files, which may change while it is in use. */
export class Certificate {
  readonly #options: CertificateOptions;
  readonly #timer: NodeJS.Timeout;
  #known: SecureContextOptions;
  #use: (context: SecureContextOptions) => void = () => {};

  /** @throws {Error} where the files can't be read, or do not fit */
  constructor(options: CertificateOptions) {
    this.#options = options;
    this.#known = this.#read();
    createSecureContext(this.#known);
    this.#timer = setInterval(() => this.#look(), lookMs).unref();
  }

  get context(): SecureContextOptions {
    return this.#known;
  }

  /** Tells of every change. */
  onChange(use: (context: SecureContextOptions) => void): void {
    this.#use = use;
  }

  close(): void {
    clearInterval(this.#timer);
  }

  #read(): SecureContextOptions {
    const { certFile, keyFile, caFile } = this.#options;
    const [cert, key] = [readFileSync(certFile, 'utf8'), readFileSync(keyFile, 'utf8')];
    const ca = caFile === undefined ? {} : { ca: readFileSync(caFile, 'utf8') };
    return { cert, key, ...ca, minVersion: 'TLSv1.2' };
  }

  /** What can't be used is not: files are written one after the other. */
  #look(): void {
    try {
      const found = this.#read();
      if (isDeepStrictEqual(found, this.#known)) return;
      createSecureContext(found);
      this.#known = found;
      this.#use(found);
      this.#options.log.info('the TLS certificate was changed');
    } catch (error) {
      this.#options.log.warn({ err: error }, 'the changed TLS certificate can not be used');
    }
  }
}

/** An HTTPS server whose new connections get the certificate as it is then. */
export function createTlsServer(
  certificate: Certificate,
  options: ServerOptions,
  handler: RequestListener,
): Server {
  const { context } = certificate;
  // Whoever is no process of ours needs none: the route between processes asks for it.
  const asks = context.ca === undefined ? {} : { requestCert: true, rejectUnauthorized: false };
  const server = createServer({ ...options, ...context, ...asks }, handler);
  certificate.onChange((context) => server.setSecureContext(context));
  return server;
}
