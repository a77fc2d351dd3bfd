import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { refusalsOf } from '../contract/openapi.ts';
import type { Route } from '../contract/route.ts';
import { routes } from '../contract/routes.ts';

const recorder = pathToFileURL(join(import.meta.dirname, 'record-refusals.mjs')).href;

/** Of the connection and not of an operation: no operation says that it may answer so. */
const ofAnyRequest = new Set(['408 request_timeout', '417 expectation_failed']);

/** What a run of the tests has servers refuse, against what the API's document says. */
export interface RefusalRecord {
  /** What has every process of the run write its refusals down. */
  readonly env: NodeJS.ProcessEnv;
  /** @returns a sentence for each refusal that nothing reached, and for each that is not documented */
  readonly compare: () => string[];
}

/** @param folder where what processes write down is kept; one that is made and removed when absent */
export function recordRefusals(folder = process.env['REFUSALS_DIR']): RefusalRecord {
  const directory = folder ?? mkdtempSync(join(tmpdir(), 'refusals-'));
  return {
    env: { NODE_OPTIONS: `--import=${recorder}`, REFUSALS_DIR: directory },
    compare: () => {
      const found = compareRefusals(readLines(directory));
      if (folder === undefined) rmSync(directory, { recursive: true });
      return found;
    },
  };
}

function readLines(directory: string): Set<string> {
  const files = readdirSync(directory).map((name) => readFileSync(join(directory, name), 'utf8'));
  return new Set(files.flatMap((text) => text.split('\n')).filter((line) => line !== ''));
}

function compareRefusals(lines: Iterable<string>): string[] {
  const reached = new Set<string>();
  for (const line of lines) {
    const [method = '', path = '', status = '', code = ''] = line.split(' ');
    const operation = findOperation(method, path);
    if (operation !== undefined && !ofAnyRequest.has(`${status} ${code}`))
      reached.add(`${operation}: ${status} ${code}`);
  }
  const documented = new Set(
    Object.entries<Route>(routes).flatMap(([operation, route]) =>
      refusalsOf(route).map(({ status, code }) => `${operation}: ${status} ${code}`),
    ),
  );
  return [
    ...[...documented.difference(reached)].map((refusal) => `no test reaches ${refusal}`),
    ...[...reached.difference(documented)].map((refusal) => `not documented is ${refusal}`),
  ];
}

const patterns = Object.entries<Route>(routes).map(([operation, { method, path }]) => ({
  operation,
  method,
  // What is written out in a path goes before what stands for any word.
  places: path.split('{').length,
  shape: new RegExp(`^${path.replaceAll(/\{\w+\}/g, '[^/]+')}$`),
}));

function findOperation(method: string, path: string): string | undefined {
  const found = patterns.filter((known) => known.method === method && known.shape.test(path));
  return found.toSorted((a, b) => a.places - b.places)[0]?.operation;
}
