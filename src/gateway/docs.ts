import { hash } from 'node:crypto';
import { errorGroups, errorRow, type ErrorCode } from '@credit-ledger/contract/errors.ts';
import { openApiDocument } from '@credit-ledger/contract/openapi.ts';
import Fastify, { type FastifyInstance, type FastifyReply } from 'fastify';

/**
 * Lets the reference run and nothing else: its own script and the one of the page by its hash, styles that
 * it makes at run time, and requests to this server only.
 */
function policyOf(html: string): string {
  const inline = [...html.matchAll(/<script(?![^>]*\bsrc=)[^>]*>([^]*?)<\/script>/g)];
  const hashes = inline.map(([, script = '']) => `'sha256-${hash('sha256', script, 'base64')}'`);
  return [
    "default-src 'none'",
    ["script-src 'self'", ...hashes].join(' '),
    "style-src 'unsafe-inline'",
    "img-src 'self' data: blob:",
    "font-src 'self' data:",
    "connect-src 'self'",
    'worker-src blob:',
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
}

interface Reference {
  readonly html: string;
  readonly script: string;
}

/** The OpenAPI document, a readable reference of it that works offline, and the page of error codes. */
export function registerDocs(server: FastifyInstance): void {
  let reference: Promise<Reference> | undefined;
  const load = () => (reference ??= renderReference());
  const document = JSON.stringify(openApiDocument());
  server.get('/openapi.json', (_request, reply) =>
    reply.type('application/json; charset=utf-8').send(document),
  );
  server.get('/docs', async (_request, reply) => sendHtml(reply, (await load()).html));
  server.get('/docs/js/scalar.js', async (_request, reply) => {
    const { script } = await load();
    return reply
      .type('text/javascript; charset=utf-8')
      .header('cache-control', 'max-age=86400')
      .send(script);
  });
  server.get('/docs/errors', (_request, reply) => sendHtml(reply, errorsPage()));
}

function sendHtml(reply: FastifyReply, html: string): FastifyReply {
  reply.header('content-security-policy', policyOf(html));
  return reply.type('text/html; charset=utf-8').send(html);
}

/**
 * The reference is a package of 4 MB that few processes ever show: it is loaded when somebody first asks,
 * into a server of its own that only renders the page and the script.
 */
async function renderReference(): Promise<Reference> {
  const { default: plugin } = await import('@scalar/fastify-api-reference');
  const renderer = Fastify();
  await renderer.register(plugin, {
    routePrefix: '/docs',
    configuration: {
      url: '/openapi.json',
      pageTitle: 'credit-ledger API',
      cdn: '/docs/js/scalar.js',
      withDefaultFonts: false,
      telemetry: false,
      // What would call its maker's services has no place in a page that works offline.
      hideClientButton: true,
      showDeveloperTools: 'never',
      agent: { disabled: true },
      mcp: { disabled: true },
    },
  });
  const [page, script] = await Promise.all([
    renderer.inject('/docs/'),
    renderer.inject('/docs/js/scalar.js'),
  ]);
  await renderer.close();
  return { html: page.body, script: script.body };
}

/** Where `type` of every problem points to. */
function errorsPage(): string {
  const rows = errorGroups.flatMap(({ codes }) => codes.map(errorSection)).join('\n');
  return `<!doctype html><html lang="en"><meta charset="utf-8"><title>Errors</title><h1>Errors</h1>\n${rows}</html>`;
}

function errorSection(code: ErrorCode): string {
  const { status, retry, title } = errorRow(code);
  return `<h2 id="${code}">${code}</h2><p>${status}: ${title}. Retry: ${retry}.</p>`;
}
