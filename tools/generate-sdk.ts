import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { errorGroups } from '../contract/errors.ts';
import { operations } from './sdk/document.ts';
import { writeMethods } from './sdk/write-methods.ts';
import { pascal, writeSchemas } from './sdk/write-schemas.ts';

// What the client knows of the API: the types of its schemas, its operations as methods, its codes.

const folder = join(import.meta.dirname, '..', 'sdk', 'src', 'gen');
const codes = errorGroups.flatMap((group) => group.codes);
const errorCodes = `/* Made by tools/generate-sdk.ts from contract/errors.ts. */

/** Every code a problem document may carry; docs/errors.md says what each means. */
export type ErrorCode =
${codes.map((code) => `  | '${code}'`).join('\n')};
`;

/** Formats beside JSON, as values: what a program offers to choose from. */
const formats = operations.flatMap(({ id, query }) => {
  const known: unknown = query.find(({ name }) => name === 'format')?.schema?.['enum'];
  if (!Array.isArray(known)) return [];
  const names = known.filter((name) => name !== 'json').map((name) => `'${name}'`);
  return [{ id, type: `${pascal(id)}Format`, names }];
});
const formatLists = `/* Made by tools/generate-sdk.ts from docs/openapi.json. */
import type { ${formats.map(({ type }) => type).join(', ')} } from './schemas.ts';
${formats.map(({ id, type, names }) => `\nexport const ${id}Formats: readonly ${type}[] = [${names.join(', ')}];\n`).join('')}`;

mkdirSync(folder, { recursive: true });
writeFileSync(join(folder, 'schemas.ts'), await writeSchemas());
writeFileSync(join(folder, 'operations.ts'), writeMethods());
writeFileSync(join(folder, 'error-codes.ts'), errorCodes);
writeFileSync(join(folder, 'formats.ts'), formatLists);
