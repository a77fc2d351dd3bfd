import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, gzip } from 'node:zlib';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { sendAnswer } from './answer.ts';
import { codingFor, type Coding } from './compression.ts';
import type { IssuerOptions } from './issuer-client.ts';
import { answerProblem } from './problem.ts';
import { accepts } from './request-head.ts';

/** What Vite built, and what the page has to know before anybody signed in. */
export interface ConsoleOptions {
  readonly folder: string;
  /** The issuer that people sign in with, beside keys. */
  readonly issuer: IssuerOptions | undefined;
}

/** Where the build is: beside the sources of the console, in the repository as in what is published. */
export const consoleFolder = join(import.meta.dirname, '..', '..', 'console', 'dist');

/** Whether the console was built. */
export function hasConsole(folder: string): boolean {
  return existsSync(join(folder, 'index.html'));
}

/** The console's own addresses: its page answers all of them, and shows what each names. */
const views = ['accounts', 'transfers', 'journal', 'events', 'ledgers', 'currencies', 'operations'];
const pages = ['/', '/sign-in', ...views.flatMap((view) => [`/${view}`, `/${view}/*`])];
const assetShape = /^[\w.-]+\.(js|css|svg|woff2)$/;

export const consoleRoutes = [
  ...pages.map((page) => page.replace('*', '{rest}')),
  '/console/{file}',
  '/favicon.ico',
  '/sign-in/issuer',
  '/sign-in/issuer/callback',
];

const types: Readonly<Record<string, string>> = {
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
};

/** Its own script and styles, requests to this server, and nothing else. */
const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join('; ');

const pageHeaders = {
  'content-security-policy': policy,
  'cross-origin-opener-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=(), payment=()',
  'cache-control': 'no-cache',
};

/** Files have a digest of what is in them in their names: what was fetched once is never asked for again. */
const assetCaching = 'public, max-age=31536000, immutable';

const compressors = { br: promisify(brotliCompress), gzip: promisify(gzip) };

/** Serves the console: files that were built, and its page at each of its addresses. */
export function registerConsole(server: FastifyInstance, { folder, issuer }: ConsoleOptions): void {
  const files = new BuiltFiles(folder);
  const sendPage = async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    if (!accepts(request.headers.accept, ['text/html'])) return sendNothing(reply);
    const html = await readFile(join(folder, 'index.html'), 'utf8');
    const shown = html.replace('{sign-in}', issuer === undefined ? 'key' : 'key issuer');
    return reply.headers(pageHeaders).type('text/html; charset=utf-8').send(shown);
  };
  for (const page of pages) server.get(page, sendPage);
  server.get('/favicon.ico', (_request, reply) => reply.code(204).send());
  server.get<{ Params: { file: string } }>('/console/:file', async (request, reply) => {
    const { file } = request.params;
    const type = types[extname(file)];
    const coding = codingFor(request);
    const body = assetShape.test(file) ? await files.read(`console/${file}`, coding) : undefined;
    if (body === undefined || type === undefined) return sendNothing(reply);
    if (coding !== undefined) reply.header('content-encoding', coding);
    return reply
      .headers({ 'cache-control': assetCaching, vary: 'accept-encoding' })
      .type(type)
      .send(body);
  });
}

function sendNothing(reply: FastifyReply): FastifyReply {
  const detail = 'there is nothing at this address';
  return sendAnswer(reply, answerProblem({ code: 'not_found', detail }));
}

/** Few and small: each is read and compressed once. */
class BuiltFiles {
  readonly #folder: string;
  readonly #known = new Map<string, Promise<Buffer | undefined>>();

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** @returns undefined where there is no such file */
  read(name: string, coding?: Coding): Promise<Buffer | undefined> {
    const key = `${coding ?? ''} ${name}`;
    const known = this.#known.get(key) ?? this.#load(name, coding);
    this.#known.set(key, known);
    void known.then((body) => body === undefined && this.#known.delete(key));
    return known;
  }

  async #load(name: string, coding: Coding | undefined): Promise<Buffer | undefined> {
    const body = await readFile(join(this.#folder, name)).catch(() => undefined);
    return body === undefined || coding === undefined ? body : compressors[coding](body);
  }
}
