import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { errorGroups } from '../contract/errors.ts';
import { writeMethods } from './sdk/write-methods.ts';
import { writeSchemas } from './sdk/write-schemas.ts';

// What the client knows of the API: the types of its schemas, its operations as methods, its codes.

const folder = join(import.meta.dirname, '..', 'sdk', 'src', 'gen');
const codes = errorGroups.flatMap((group) => group.codes);
const errorCodes = `/* Made by tools/generate-sdk.ts from contract/errors.ts. */

/** Every code a problem document may carry; docs/errors.md says what each means. */
export type ErrorCode =
${codes.map((code) => `  | '${code}'`).join('\n')};
`;

mkdirSync(folder, { recursive: true });
writeFileSync(join(folder, 'schemas.ts'), await writeSchemas());
writeFileSync(join(folder, 'operations.ts'), writeMethods());
writeFileSync(join(folder, 'error-codes.ts'), errorCodes);
