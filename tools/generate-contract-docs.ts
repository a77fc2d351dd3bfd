import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { errorGroups, errorRow, type ErrorCode } from '../contract/errors.ts';
import { openApiDocument } from '../contract/openapi.ts';

const intro = `# Errors

<!-- Made by tools/generate-contract-docs.ts from contract/errors.ts; change it there and run npm run generate. -->

Every error is \`application/problem+json\` (RFC 9457) with one code: the first that applies. \`retry\` tells a program
what to do: \`never\` the same request can't succeed, \`same_key\` send the same request with the same key again,
\`new_request\` it may succeed later, as a new request with a new key. A refusal that is about the account in the
address is 404; \`version_mismatch\` is 412 with \`If-Match\`.
`;

function describeRow(code: ErrorCode): string {
  const { status, retry, title } = errorRow(code);
  return `| <a id="${code}"></a>\`${code}\` | ${status} | \`${retry}\` | ${title} |`;
}

function errorsPage(): string {
  const groups = errorGroups.map(({ about, codes }) =>
    [
      `\n## ${about}\n`,
      '| code | status | retry | what |',
      '|---|---|---|---|',
      ...codes.map(describeRow),
    ].join('\n'),
  );
  return `${intro}${groups.join('\n')}\n`;
}

const pages = [
  { path: 'docs/errors.md', text: errorsPage() },
  { path: 'docs/openapi.json', text: `${JSON.stringify(openApiDocument(), null, 1)}\n` },
];

const root = join(import.meta.dirname, '..');
const { values } = parseArgs({ options: { check: { type: 'boolean', default: false } } });
for (const { path, text } of pages) {
  const file = join(root, path);
  if (!values.check) writeFileSync(file, text);
  else if (readFileSync(file, 'utf8') !== text)
    throw new Error(`${path} is stale: run npm run generate`);
}
