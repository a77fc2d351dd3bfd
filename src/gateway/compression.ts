import { pipeline, type Readable } from 'node:stream';
import { promisify } from 'node:util';
import { brotliCompress, constants, createBrotliCompress, createGzip, gzip } from 'node:zlib';
import type { FastifyRequest } from 'fastify';
import { qualityOfCoding } from './request-head.ts';

/** Smaller answers cost more to compress than to send, and all writes are smaller. Bytes. */
export const compressedMin = 16 * 1024;

export type Coding = 'br' | 'gzip';

/** Brotli's default is made for files that are compressed once: it is fifty times slower. */
const brotli = { params: { [constants.BROTLI_PARAM_QUALITY]: 4 } };
const toGzip = promisify(gzip);
const toBrotli = promisify(brotliCompress);

/** What the client takes, of two alike brotli; only of reads: nothing that a secret stands in is large. */
export function codingFor({ method, headers }: FastifyRequest): Coding | undefined {
  const accepted = headers['accept-encoding'];
  if (method !== 'GET' || typeof accepted !== 'string') return undefined;
  const [br, zip] = [qualityOfCoding('br', accepted), qualityOfCoding('gzip', accepted)];
  if (br === 0 && zip === 0) return undefined;
  return br >= zip ? 'br' : 'gzip';
}

/** In a thread of its own, so that nobody waits for it but who asked. */
export function compress(coding: Coding, text: string): Promise<Buffer> {
  return coding === 'br' ? toBrotli(text, brotli) : toGzip(text);
}

export function compressStream(coding: Coding, body: Readable): Readable {
  const compressor = coding === 'br' ? createBrotliCompress(brotli) : createGzip();
  // A fault of the body ends the answer, as it does without compression.
  return pipeline(body, compressor, () => {});
}
