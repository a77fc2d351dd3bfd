import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { readText, requireWords, textOf, UsageError, type Command } from './command.ts';
import { outputOptions, showRows } from './output.ts';

const profile = z.strictObject({
  url: z.string(),
  api_key: z.string().optional(),
  ledger: z.string().optional(),
});
const file = z.strictObject({ default: z.string().optional(), profiles: z.record(z.string(), profile) });

export type Profile = z.output<typeof profile>;
type Profiles = z.output<typeof file>;

function pathOf(env: NodeJS.ProcessEnv): string {
  const base = env['XDG_CONFIG_HOME'] ?? join(homedir(), '.config');
  return join(base, 'credit-ledger', 'profiles.json');
}

/** The profiles of whoever runs the program. @throws {UsageError} where others can read them */
function readProfiles(env: NodeJS.ProcessEnv): Profiles {
  const path = pathOf(env);
  if (!existsSync(path)) return { profiles: {} };
  if ((statSync(path).mode & 0o077) !== 0)
    throw new UsageError(`${path} holds keys and can be read by others: chmod 600 ${path}`);
  const parsed = file.safeParse(JSON.parse(readFileSync(path, 'utf8')));
  if (parsed.success) return parsed.data;
  throw new UsageError(`${path} is not as this program writes it: ${parsed.error.message}`);
}

function writeProfiles(env: NodeJS.ProcessEnv, profiles: Profiles): void {
  const path = pathOf(env);
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const draft = `${path}.${process.pid}`;
  writeFileSync(draft, `${JSON.stringify(profiles, undefined, 2)}\n`, { mode: 0o600 });
  chmodSync(draft, 0o600);
  renameSync(draft, path);
}

/** The profile that is named, or the one that counts by itself. @throws {UsageError} where it is not there */
export function chooseProfile(name: string | undefined, env: NodeJS.ProcessEnv): Profile | undefined {
  const { default: usual, profiles } = readProfiles(env);
  const chosen = name ?? env['CREDIT_LEDGER_PROFILE'] ?? usual;
  if (chosen === undefined) return undefined;
  const found = profiles[chosen];
  if (found === undefined)
    throw new UsageError(`there is no profile ${chosen}: credit-ledger profiles list`);
  return found;
}

const list: Command = {
  summary: 'List the profiles; keys are not shown',
  usage: '',
  options: outputOptions,
  run: async (given, surface) => {
    const { default: usual, profiles } = readProfiles(process.env);
    const rows = Object.entries(profiles).map(([name, { url, ledger }]) => ({ name, url, ledger }));
    const columns = [
      { name: 'name', of: (row: (typeof rows)[number]) => row.name },
      { name: 'url', of: (row: (typeof rows)[number]) => row.url },
      { name: 'ledger', of: (row: (typeof rows)[number]) => row.ledger },
      { name: 'default', of: (row: (typeof rows)[number]) => (row.name === usual ? 'yes' : '') },
    ];
    await showRows(given, surface, columns, rows);
    return 0;
  },
};

const set: Command = {
  summary: 'Keep a server with its key under a name, in a file that only you can read',
  usage: '<name>',
  options: {},
  examples: [
    [
      'credit-ledger profiles set prod --url https://ledger.example.com --api-key -',
      'the key from standard input',
    ],
  ],
  run: async (given, { out }) => {
    const [name = ''] = requireWords(given, 'name');
    const url = textOf(given, 'url');
    if (url === undefined) throw new UsageError('--url is missing');
    const key = textOf(given, 'api-key');
    const ledger = textOf(given, 'ledger');
    const profiles = readProfiles(process.env);
    profiles.profiles[name] = {
      url,
      ...(key === undefined ? {} : { api_key: key === '-' ? (await readText('-')).trim() : key }),
      ...(ledger === undefined ? {} : { ledger }),
    };
    writeProfiles(process.env, { ...profiles, default: profiles.default ?? name });
    out(`${name} is kept in ${pathOf(process.env)}\n`);
    return 0;
  },
};

const use: Command = {
  summary: 'Make a profile the one that counts when none is named',
  usage: '<name>',
  options: {},
  run: (given) => {
    const [name = ''] = requireWords(given, 'name');
    chooseProfile(name, process.env);
    writeProfiles(process.env, { ...readProfiles(process.env), default: name });
    return Promise.resolve(0);
  },
};

const remove: Command = {
  summary: 'Forget a profile',
  usage: '<name>',
  options: {},
  run: (given) => {
    const [name = ''] = requireWords(given, 'name');
    chooseProfile(name, process.env);
    const { default: usual, profiles } = readProfiles(process.env);
    const { [name]: _, ...rest } = profiles;
    writeProfiles(process.env, { ...(usual === name ? {} : { default: usual }), profiles: rest });
    return Promise.resolve(0);
  },
};

export const profileCommands = {
  'profiles list': list,
  'profiles set': set,
  'profiles use': use,
  'profiles remove': remove,
};
