import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { commandTable } from '../src/cli-commands.ts';
import { everywhere } from '../src/cli-options.ts';
import { exitStatuses } from '../src/cli/exit-status.ts';
import { helpOf } from '../src/cli/help.ts';

const commands = commandTable(everywhere);

const intro = `# The command line

<!-- Made by tools/generate-cli-page.ts from the commands in src/cli; change them there and run npm run generate. -->

\`credit-ledger\` (\`npx credit-ledger\` in a checkout) does everything that the API does, and what needs no server.

A command that asks a server finds it, in this order: by \`--url\` and \`--api-key\`; by \`CREDIT_LEDGER_URL\`,
\`CREDIT_LEDGER_API_KEY\` and \`CREDIT_LEDGER_LEDGER\`; by a profile (\`--profile\`, \`CREDIT_LEDGER_PROFILE\`, or the one that
counts by itself), kept by \`profiles set\` in \`~/.config/credit-ledger/profiles.json\`, which only its owner may read; by
\`ADMIN_API_KEY\` or the \`admin.key\` of the data directory here, with the server on \`PORT\`.

Results go to standard output: tables for people, one JSON document a line with \`--json\`, CSV with \`--csv\`, in which no cell is
ever a formula. Everything else goes to standard error; bars are shown on terminals only, and \`NO_COLOR\` is respected.
\`source <(credit-ledger completion bash)\` completes commands, options and values; zsh and fish have theirs.

| it ends with | when |
|---|---|
${exitStatuses.map(([status, what]) => `| ${status} | ${what} |`).join('\n')}
`;

const chapters = Object.entries(commands).map(([name, command]) => {
  const help = stripVTControlCharacters(helpOf(name, command, {})).trimEnd();
  return `\n## ${name}\n\n\`\`\`\n${help}\n\`\`\`\n`;
});
writeFileSync(join(import.meta.dirname, '..', 'docs', 'cli.md'), intro + chapters.join(''));
