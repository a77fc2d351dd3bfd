/*
 * Loaded before the program in every process of a whole run of the tests (tools/refusals.ts): writes down each
 * problem document that a server here answers with, once for an address, a status and a code.
 */
import { subscribe } from 'node:diagnostics_channel';
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';

const file = join(process.env.REFUSALS_DIR ?? '', String(process.pid));
const seen = new Set();

function note({ method, url }, status, body) {
  const code = /"code":"(\w+)"/.exec(body)?.[1];
  const [path] = String(url).split('?', 1);
  const line = `${method} ${path} ${status} ${code}\n`;
  if (code === undefined || seen.has(line)) return;
  seen.add(line);
  appendFileSync(file, line);
}

subscribe('http.server.request.start', ({ request, response }) => {
  if (!String(request.url).startsWith('/v1/')) return;
  const { end } = response;
  response.end = function endAndNote(...args) {
    const [body] = args;
    if (this.statusCode >= 400 && (typeof body === 'string' || Buffer.isBuffer(body)))
      note(request, this.statusCode, String(body));
    return end.apply(this, args);
  };
});
