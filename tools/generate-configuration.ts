import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { settingRows } from '../src/config.ts';
import type { SettingRow } from '../src/config.ts';

const intro = `# Configuration

<!-- Made by tools/generate-configuration.ts from src/settings.ts; change it there and run npm run generate. -->

Every setting is an environment variable and a flag; the flag wins. \`npm start -- --print-config\` prints the
values in force with secrets masked. An unknown flag or an invalid value stops the program at once. A secret can be
given as a file too: \`ADMIN_API_KEY_FILE=/run/secrets/admin\` is read once, at the start.
`;

function describeRow({ env, flag, defaultText, unit, secret, description }: SettingRow): string {
  const fallback = [defaultText && `\`${defaultText}\``, unit].filter(Boolean).join(' ');
  const text = secret ? `${description} Secret.` : description;
  return `| \`${env}\` | \`${flag}\` | ${fallback} | ${text} |`;
}

const table = [
  '| variable | flag | default | what |',
  '|---|---|---|---|',
  ...settingRows.map(describeRow),
];
const page = join(import.meta.dirname, '..', 'docs', 'operations', 'configuration.md');
writeFileSync(page, `${intro}\n${table.join('\n')}\n`);
