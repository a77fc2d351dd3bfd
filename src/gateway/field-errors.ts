import type { FieldError } from '@credit-ledger/contract/errors.ts';
import type { z } from 'zod';
import { escapePointer } from './json-body.ts';

type Issue = z.core.$ZodIssue;
type Path = readonly PropertyKey[];

/**
 * The issues of a schema as rows with pointers: every unknown field has its own, those of a union are the
 * ones of the branch that fits the value best. Of several about one place the first is kept.
 * @param pointerOf makes the pointer of a path, for example JSON Pointer in a body or `?name` in a query.
 */
export function toFieldErrors(
  issues: readonly Issue[],
  input: unknown,
  pointerOf: (path: Path) => string = bodyPointer,
): FieldError[] {
  const byPointer = new Map<string, FieldError>();
  for (const { path, code, detail } of issues.flatMap((issue) => toRows(issue, [], input))) {
    const pointer = pointerOf(path);
    if (!byPointer.has(pointer)) byPointer.set(pointer, { pointer, code, detail });
  }
  return [...byPointer.values()];
}

/** JSON Pointer (RFC 6901) into a body. */
export function bodyPointer(path: Path): string {
  return path.map((step) => `/${escapePointer(String(step))}`).join('');
}

interface Row {
  path: Path;
  code: string;
  detail: string;
}

function toRows(issue: Issue, base: Path, input: unknown): Row[] {
  const path = [...base, ...issue.path];
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({
      path: [...path, key],
      code: 'unknown_field',
      detail: 'is not a field of this request',
    }));
  }
  if (issue.code === 'invalid_union') return unionRows(issue, path, input);
  const value = valueAt(input, path);
  if (value === undefined) return [{ path, code: 'required', detail: 'is required' }];
  return [{ path, code: codes[issue.code] ?? 'invalid_value', detail: sentenceOf(issue) }];
}

const codes: Readonly<Record<string, string>> = {
  invalid_type: 'invalid_type',
  too_big: 'too_big',
  too_small: 'too_small',
};

/** The branch for the value's own type is the one that has no complaint about the value as a whole. */
function unionRows(issue: Extract<Issue, { code: 'invalid_union' }>, path: Path, input: unknown): Row[] {
  const fitting = issue.errors.find((branch) => !branch.some((inner) => isAboutWhole(inner)));
  if (fitting !== undefined) return fitting.flatMap((inner) => toRows(inner, path, input));
  const expected = issue.errors
    .flat()
    .flatMap((inner) => (inner.code === 'invalid_type' ? [inner.expected] : []));
  return [{ path, code: 'invalid_type', detail: `must be ${[...new Set(expected)].join(' or ')}` }];
}

function isAboutWhole(issue: Issue): boolean {
  return issue.code === 'invalid_type' && issue.path.length === 0;
}

function valueAt(input: unknown, path: Path): unknown {
  let value = input;
  for (const step of path) {
    if (typeof value !== 'object' || value === null) return undefined;
    value = Reflect.get(value, step);
  }
  return value;
}

function sentenceOf(issue: Issue): string {
  if (issue.code === 'invalid_type') return `must be ${article(issue.expected)}`;
  if (issue.code === 'too_big') return boundOf(issue.origin, `at most ${issue.maximum}`);
  if (issue.code === 'too_small') return boundOf(issue.origin, `at least ${issue.minimum}`);
  if (issue.code !== 'invalid_value') return issue.message;
  return `must be ${issue.values.length > 1 ? 'one of ' : ''}${issue.values.map(String).join(', ')}`;
}

function boundOf(origin: string, bound: string): string {
  if (origin === 'array') return `must have ${bound} items`;
  return `must be ${bound}${origin === 'string' ? ' characters' : ''}`;
}

const articles: Readonly<Record<string, string>> = {
  int: 'a whole number',
  array: 'a list',
  object: 'an object',
};

function article(expected: string): string {
  return articles[expected] ?? `a ${expected}`;
}
