import { operations, schemas, type Operation, type Schema } from './document.ts';
import { pascal } from './write-schemas.ts';

const intro = `/* Made by tools/generate-sdk.ts from docs/openapi.json: change the contract and run npm run generate. */
`;

/** Every operation as a method, as TypeScript. */
export function writeMethods(): string {
  const methods = operations.flatMap((operation) => [
    ...(isJson(operation) ? [writeMethod(operation)] : []),
    ...(hasDownload(operation) ? [writeDownload(operation)] : []),
  ]);
  const used = new Set(methods.flatMap(({ types }) => types));
  return `${intro}import { List } from '../list.ts';
import type { CallOptions, Transport } from '../transport.ts';
import type {
${[...used]
  .toSorted()
  .map((name) => `  ${name},\n`)
  .join('')}} from './schemas.ts';

/** Every operation of the API as a method. */
export class ApiMethods {
  protected readonly transport: Transport;

  constructor(transport: Transport) {
    this.transport = transport;
  }
${methods.map(({ text }) => `\n${text}`).join('')}}
`;
}

interface Method {
  readonly text: string;
  readonly types: readonly string[];
}

function isJson({ answer }: Operation): boolean {
  return answer !== undefined && schemas[answer]?.['type'] !== 'string';
}

function hasDownload({ otherMedia }: Operation): boolean {
  return otherMedia.some((type) => type !== 'text/event-stream');
}

/** `readStatement` is downloaded by `downloadStatement`; what is only to be had as a file keeps its name. */
function downloadName(operation: Operation): string {
  return isJson(operation) ? operation.id.replace(/^(read|list)/, 'download') : operation.id;
}

function writeMethod(operation: Operation): Method {
  const { id, answer = '' } = operation;
  const { takes, gives, types } = parametersOf(operation, false);
  const list = listOf(answer);
  if (list === undefined) {
    const text = `${docOf(operation)}  ${id}(${takes}): Promise<${answer}> {
    return this.transport.ask({ ${gives} }, options);
  }
`;
    return { text, types: [...types, answer] };
  }
  const text = `${docOf(operation)}  ${id}(${takes}): List<${list.item}, ${answer}> {
    return new List<${list.item}, ${answer}>(
      (from) => this.transport.ask({ ${gives.replace('query', 'query: { ...query, ...from }')} }, options),
      ${list.next},
    );
  }
`;
  return { text, types: [...types, answer, ...(list.type === undefined ? [] : [list.type])] };
}

function writeDownload(operation: Operation): Method {
  const { takes, gives, types } = parametersOf(operation, true);
  const name = downloadName(operation);
  const text = `${docOf(operation, 'Answers with the response itself, whose body can be read as a stream.')}  ${name}(${takes}): Promise<Response> {
    return this.transport.open({ ${gives} }, options);
  }
`;
  return { text, types };
}

/** How a page is gone through: the items' type, and what names the next page. */
function listOf(answer: string): { item: string; next: string; type: string | undefined } | undefined {
  const properties = asSchema(schemas[answer]?.['properties']);
  const data = asSchema(asSchema(properties?.['data'])?.['items']);
  if (properties === undefined || data === undefined) return undefined;
  const ref = data['$ref'];
  const type = typeof ref === 'string' ? ref.slice(ref.lastIndexOf('/') + 1) : undefined;
  const item = type ?? `${answer}['data'][number]`;
  if ('next_cursor' in properties) return { item, type, next: 'List.byCursor' };
  return 'next_position' in properties ? { item, type, next: 'List.byPosition' } : undefined;
}

function asSchema(value: unknown): Schema | undefined {
  return typeof value === 'object' && value !== null ? { ...value } : undefined;
}

function parametersOf(operation: Operation, isDownload: boolean) {
  const { id, method, path, pathNames, isKeyed, body, isBodyOptional } = operation;
  const types: string[] = [];
  const takes = pathNames.map((name) => `${name}: string`);
  const gives = [`method: '${method}'`, `path: ${pathOf(path)}`];
  if (body !== undefined) {
    const isOptional = isBodyOptional || (method === 'POST' && isEmptyEnough(body));
    types.push(`${pascal(id)}Body`);
    takes.push(`body: ${pascal(id)}Body${isOptional ? ' = {}' : ''}`);
    gives.push('body');
  }
  const query = operation.query.filter((row) => row.name !== 'format');
  const name = `${pascal(id)}Query`;
  if (isDownload && operation.query.length > query.length) {
    types.push(`${pascal(id)}Format`);
    takes.push(`format: ${pascal(id)}Format`);
  }
  if (query.length > 0) {
    const isOptional = query.every((row) => row.required !== true);
    types.push(name);
    takes.push(`query: ${name}${isOptional ? ' = {}' : ''}`);
  }
  const hasFormat = isDownload && operation.query.length > query.length;
  if (hasFormat) gives.push(query.length > 0 ? 'query: { ...query, format }' : 'query: { format }');
  else if (query.length > 0) gives.push('query');
  if (isKeyed) gives.push('isKeyed: true');
  return { takes: [...takes, 'options?: CallOptions'].join(', '), gives: gives.join(', '), types };
}

/** A body none of whose fields is needed. */
function isEmptyEnough({ properties, required }: Schema): boolean {
  return properties !== undefined && (!Array.isArray(required) || required.length === 0);
}

function pathOf(path: string): string {
  if (!path.includes('{')) return `'${path}'`;
  return `\`${path.replaceAll(/\{(\w+)\}/g, (_, name: string) => `\${encodeURIComponent(${name})}`)}\``;
}

function docOf(operation: Operation, more?: string): string {
  const { summary, description, method, path, refusals } = operation;
  const lines = [
    summary.replace(/\.?$/, '.'),
    ...(more === undefined ? [] : [more]),
    `\`${method} ${path}\`. ${description}`,
    ...(refusals.length > 0 ? [`@throws {ProblemError} ${refusals.join(', ')}`] : []),
  ];
  return `  /**\n${lines.map((line) => `   * ${line}\n`).join('')}   */\n`;
}
