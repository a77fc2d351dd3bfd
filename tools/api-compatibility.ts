// What of a version of the API a client of the version before could stumble over. `node tools/api-compatibility.ts` notes
// the API and the events as they are now: what later versions may not break. It is run with a release, and not before.
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

const root = join(import.meta.dirname, '..');

/** What the last release promised. */
export const released = {
  api: join(root, 'contract', 'released', 'openapi.json'),
  events: join(root, 'contract', 'released', 'events.binpb'),
};

interface Schema {
  readonly $ref?: string | undefined;
  readonly type?: string | readonly string[] | undefined;
  readonly enum?: readonly unknown[] | undefined;
  readonly const?: unknown;
  readonly pattern?: string | undefined;
  readonly properties?: Readonly<Record<string, Schema>> | undefined;
  readonly required?: readonly string[] | undefined;
  readonly additionalProperties?: unknown;
  readonly items?: Schema | undefined;
  readonly anyOf?: readonly Schema[] | undefined;
  readonly oneOf?: readonly Schema[] | undefined;
  readonly [bound: string]: unknown;
}

const schema: z.ZodType<Schema> = z.lazy(() =>
  z.looseObject({
    $ref: z.string().optional(),
    type: z.union([z.string(), z.array(z.string())]).optional(),
    enum: z.array(z.unknown()).optional(),
    pattern: z.string().optional(),
    properties: z.record(z.string(), schema).optional(),
    required: z.array(z.string()).optional(),
    items: schema.optional(),
    anyOf: z.array(schema).optional(),
    oneOf: z.array(schema).optional(),
  }),
);

const content = z.record(z.string(), z.looseObject({ schema: schema.optional() })).optional();
const parameter = z.looseObject({
  name: z.string(),
  in: z.string(),
  required: z.boolean().optional(),
  schema: schema.optional(),
});
const operation = z.looseObject({
  parameters: z.array(parameter).default([]),
  requestBody: z.looseObject({ required: z.boolean().optional(), content }).optional(),
  responses: z.record(z.string(), z.looseObject({ content })).default({}),
});

const sharedShape = z.looseObject({
  components: z.record(z.string(), z.record(z.string(), z.unknown())).optional(),
});

/** Parameters and answers that several operations share are put where they are named; schemas stay references. */
function putIn(document: unknown): unknown {
  const { components = {} } = sharedShape.parse(document);
  const visit = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(visit);
    if (typeof value !== 'object' || value === null) return value;
    const named =
      '$ref' in value && typeof value.$ref === 'string' ? value.$ref.split('/').slice(2) : [];
    const [kind = 'schemas', name = ''] = named;
    if (kind !== 'schemas') return visit(components[kind]?.[name]);
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, visit(inner)]));
  };
  return visit(document);
}

/** The parts of an OpenAPI document that promises are made in. */
export const apiDocument = z.preprocess(
  putIn,
  z.looseObject({
    paths: z.record(z.string(), z.record(z.string(), operation)),
    components: z.looseObject({ schemas: z.record(z.string(), schema).default({}) }).optional(),
  }),
);

export type ApiDocument = z.output<typeof apiDocument>;
type Operation = z.output<typeof operation>;
type Direction = 'request' | 'response';

/** Two versions of a schema, and where they stand. */
interface Pair {
  readonly before: Schema;
  readonly after: Schema;
  readonly where: string;
}

const lowerBounds = ['minimum', 'exclusiveMinimum', 'minLength', 'minItems', 'minProperties'];
const upperBounds = ['maximum', 'exclusiveMaximum', 'maxLength', 'maxItems', 'maxProperties'];

/** What a client of `before` may send that `after` refuses, or rely on that `after` does not answer. */
export function listBreaks(before: ApiDocument, after: ApiDocument): string[] {
  const compare = comparer(before, after);
  return Object.entries(before.paths).flatMap(([path, operations]) =>
    Object.entries(operations).flatMap(([method, known]) => {
      const where = `${method.toUpperCase()} ${path}`;
      const now = after.paths[path]?.[method];
      return now === undefined ? [`${where} is gone`] : compareOperations(known, now, where, compare);
    }),
  );
}

type Compare = (pair: Pair, direction: Direction) => string[];

function compareOperations(
  before: Operation,
  after: Operation,
  where: string,
  compare: Compare,
): string[] {
  const nameOf = (one: z.output<typeof parameter>): string => `${one.in} ${one.name}`;
  const now = new Map(after.parameters.map((one) => [nameOf(one), one]));
  const known = new Map(before.parameters.map((one) => [nameOf(one), one]));
  const parameters = [...known].flatMap(([name, one]) => {
    const other = now.get(name);
    if (other === undefined) return [`${where}: ${name} is gone`];
    const pair = { before: one.schema ?? {}, after: other.schema ?? {}, where: `${where}: ${name}` };
    return compare(pair, 'request');
  });
  const asked = [...now].filter(
    ([name, one]) => one.required === true && known.get(name)?.required !== true,
  );
  const bodies = { before: before.requestBody, after: after.requestBody };
  const isNewBody = bodies.after?.required === true && bodies.before?.required !== true;
  return [
    ...parameters,
    ...asked.map(([name]) => `${where}: ${name} is asked for now`),
    ...(isNewBody ? [`${where}: a body is asked for now`] : []),
    ...compareContents(bodies.before?.content, bodies.after?.content, `${where}: body`, (pair) =>
      compare(pair, 'request'),
    ),
    ...Object.entries(before.responses).flatMap(([status, answer]) => {
      const other = after.responses[status];
      // Nobody misses a refusal that does not come any more.
      if (other === undefined) return Number(status) < 400 ? [`${where}: ${status} is gone`] : [];
      const at = `${where}: ${status}`;
      return compareContents(answer.content, other.content, at, (pair) => compare(pair, 'response'));
    }),
  ];
}

function compareContents(
  before: z.output<typeof content>,
  after: z.output<typeof content>,
  where: string,
  compare: (pair: Pair) => string[],
): string[] {
  return Object.entries(before ?? {}).flatMap(([type, { schema: known = {} }]) => {
    const other = after?.[type];
    if (other === undefined) return [`${where}: ${type} is gone`];
    return compare({ before: known, after: other.schema ?? {}, where });
  });
}

function comparer(before: ApiDocument, after: ApiDocument): Compare {
  const seen = new Set<string>();
  const resolve = (document: ApiDocument, one: Schema): Schema =>
    one.$ref === undefined
      ? one
      : (document.components?.schemas[one.$ref.replace('#/components/schemas/', '')] ?? {});
  const compare: Compare = (pair, direction) => {
    const refs = `${direction} ${pair.before.$ref} ${pair.after.$ref}`;
    // Within itself a schema says nothing new.
    if (seen.has(refs)) return [];
    if (pair.before.$ref !== undefined) seen.add(refs);
    const faults = compareResolved(
      { before: resolve(before, pair.before), after: resolve(after, pair.after), where: pair.where },
      direction,
      compare,
    );
    seen.delete(refs);
    return faults;
  };
  return compare;
}

function compareResolved(pair: Pair, direction: Direction, compare: Compare): string[] {
  const { before, after, where } = pair;
  const alternatives = before.anyOf ?? before.oneOf;
  if (alternatives !== undefined) return compareAlternatives(pair, alternatives, direction, compare);
  const inner = { before: before.items ?? {}, after: after.items ?? {}, where: `${where}[]` };
  return [
    ...compareTypes(pair, direction),
    ...compareFields(pair, direction, compare),
    ...(before.items === undefined ? [] : compare(inner, direction)),
  ];
}

/** One that may be sent has to fit one of now; one that is answered now has to fit one of before. */
function compareAlternatives(
  { after, where }: Pair,
  known: readonly Schema[],
  direction: Direction,
  compare: Compare,
): string[] {
  const now = after.anyOf ?? after.oneOf ?? [after];
  const fits = (one: Schema, other: Schema): boolean =>
    compare({ before: one, after: other, where }, direction).length === 0;
  const lost =
    direction === 'request'
      ? known.filter((one) => !now.some((other) => fits(one, other)))
      : now.filter((other) => !known.some((one) => fits(one, other)));
  return lost.map((one) => `${where}: no alternative for ${JSON.stringify(one).slice(0, 80)}`);
}

const listOf = (value: string | readonly string[] | undefined): readonly string[] =>
  value === undefined ? [] : typeof value === 'string' ? [value] : value;

/** An integer is a number, too. */
const covers = (types: readonly string[], type: string): boolean =>
  types.includes(type) || (type === 'integer' && types.includes('number'));

function compareTypes({ before, after, where }: Pair, direction: Direction): string[] {
  const [known, now] = [listOf(before.type), listOf(after.type)];
  const [given, taken] = direction === 'request' ? [known, now] : [now, known];
  const foreign = taken.length === 0 ? [] : given.filter((type) => !covers(taken, type));
  const faults = foreign.map(
    (type) => `${where}: ${type} is ${direction === 'request' ? 'refused' : 'new'}`,
  );
  if (direction === 'response') return faults;
  const allowed = after.enum;
  const values = (before.enum ?? []).filter(
    (value) => allowed !== undefined && !allowed.includes(value),
  );
  faults.push(...values.map((value) => `${where}: ${JSON.stringify(value)} is refused`));
  if (after.pattern !== undefined && after.pattern !== before.pattern)
    faults.push(`${where}: another pattern`);
  const numberOf = (one: Schema, name: string, otherwise: number): number =>
    typeof one[name] === 'number' ? one[name] : otherwise;
  for (const name of lowerBounds)
    if (numberOf(after, name, -Infinity) > numberOf(before, name, -Infinity))
      faults.push(`${where}: ${name} rose`);
  for (const name of upperBounds)
    if (numberOf(after, name, Infinity) < numberOf(before, name, Infinity))
      faults.push(`${where}: ${name} fell`);
  return faults;
}

function compareFields(
  { before, after, where }: Pair,
  direction: Direction,
  compare: Compare,
): string[] {
  const now = after.properties ?? {};
  const faults = Object.entries(before.properties ?? {}).flatMap(([name, known]) => {
    const other = now[name];
    const at = `${where}.${name}`;
    if (other !== undefined) return compare({ before: known, after: other, where: at }, direction);
    const isIgnored = direction === 'request' && after.additionalProperties !== false;
    return isIgnored ? [] : [`${at} is gone`];
  });
  const [asked = [], held = []] =
    direction === 'request' ? [after.required, before.required] : [before.required, after.required];
  const missing = asked.filter(
    (name) => !held.includes(name) && (direction === 'request' || name in now),
  );
  const what = direction === 'request' ? 'is asked for now' : 'may be absent now';
  return [...faults, ...missing.map((name) => `${where}.${name} ${what}`)];
}

function note(): void {
  mkdirSync(join(root, 'contract', 'released'), { recursive: true });
  copyFileSync(join(root, 'docs', 'openapi.json'), released.api);
  const buf = join(root, 'node_modules', '.bin', 'buf');
  const built = spawnSync(buf, ['build', 'contract/proto', '-o', released.events], {
    cwd: root,
    encoding: 'utf8',
  });
  if (built.status !== 0) throw new Error(built.stderr);
}

if (import.meta.main) note();
