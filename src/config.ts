import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import type { z } from 'zod';
import { didYouMean } from './nearest-name.ts';
import { settings } from './setting-fields.ts';
import { settingSchema } from './settings.ts';

/** Every setting, validated; numbers in the unit their name or the table says. */
export type Config = z.output<typeof settingSchema>;

/** The command line or the environment can't be used; the message says which part and why. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

/** A row of the table as documentation shows it. */
export interface SettingRow {
  key: string;
  env: string;
  flag: string;
  defaultText: string;
  unit: string;
  secret: boolean;
  description: string;
}

const flagOf = (env: string): string => env.toLowerCase().replaceAll('_', '-');

function show(value: unknown): string {
  if (value === undefined) return '';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function settingOf(key: string, field: z.ZodType): SettingRow {
  const setting = settings.get(field);
  if (setting === undefined) throw new Error(`the setting ${key} is not in the registry`);
  const fallback = field.safeParse(undefined).data;
  return {
    key,
    env: setting.env,
    flag: `--${flagOf(setting.env)}`,
    defaultText: setting.defaultText ?? show(fallback),
    unit: setting.unit ?? '',
    secret: setting.secret ?? false,
    description: setting.description,
  };
}

/** The settings in the order of the table. */
export const settingRows: readonly SettingRow[] = Object.entries(settingSchema.shape).map(
  ([key, field]) => settingOf(key, field),
);

const booleanFlags = new Set(
  Object.entries(settingSchema.shape)
    .filter(([, field]) => field.safeParse('true').data === true)
    .map(([key]) => key),
);

/**
 * Reads the settings: a flag wins over its environment variable, which wins over the default.
 * An empty variable counts as absent; a secret may be in the file that its variable with `_FILE` names. Throws ConfigError for an unknown flag or an invalid value.
 */
export function loadConfig(argv: readonly string[], env: NodeJS.ProcessEnv): Config {
  const flags = readFlags(argv);
  const given = new Map<string, { value: string; source: string }>();
  for (const row of settingRows) {
    const flagValue = flags.get(row.flag);
    if (flagValue !== undefined) given.set(row.key, { value: flagValue, source: row.flag });
    else if (env[row.env]) given.set(row.key, { value: env[row.env] ?? '', source: row.env });
    else if (row.secret) readSecretFile(row, env, given);
  }
  const values = Object.fromEntries([...given].map(([key, { value }]) => [key, value]));
  const parsed = settingSchema.safeParse(values);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map((issue) => {
    const source = given.get(String(issue.path[0]))?.source ?? issue.path.join('.');
    return `${source}: ${issue.message}`;
  });
  throw new ConfigError(problems.join('\n'));
}

/** A secret may stand in a file, as orchestrators hand them out: `NAME_FILE` names it. */
function readSecretFile(
  { key, env: name }: SettingRow,
  env: NodeJS.ProcessEnv,
  given: Map<string, { value: string; source: string }>,
): void {
  const source = `${name}_FILE`;
  const file = env[source];
  if (!file) return;
  try {
    given.set(key, { value: readFileSync(file, 'utf8').trim(), source });
  } catch (error) {
    throw new ConfigError(`${source}: ${error instanceof Error ? error.message : 'can not be read'}`);
  }
}

const questions = new Set(['--help', '--print-config']);

function knownFlags(): string[] {
  return [...settingRows.map((row) => row.flag), ...questions];
}

function readFlags(argv: readonly string[]): Map<string, string> {
  const options = Object.fromEntries(
    settingRows.map(({ key, flag }) => {
      const type: 'boolean' | 'string' = booleanFlags.has(key) ? 'boolean' : 'string';
      return [flag.slice(2), { type }];
    }),
  );
  const { tokens } = parseArgs({ args: [...argv], options, strict: false, tokens: true });
  const flags = new Map<string, string>();
  for (const token of tokens) {
    if (token.kind === 'positional') throw new ConfigError(`unexpected argument '${token.value}'`);
    if (token.kind !== 'option' || questions.has(token.rawName)) continue;
    if (!(token.name in options) || !token.rawName.startsWith('--')) {
      throw new ConfigError(`unknown flag ${token.rawName}${didYouMean(token.rawName, knownFlags())}`);
    }
    const isBoolean = options[token.name]?.type === 'boolean';
    const value = token.value ?? (isBoolean ? 'true' : undefined);
    if (value === undefined || value === '') throw new ConfigError(`${token.rawName} needs a value`);
    flags.set(token.rawName, value);
  }
  return flags;
}

/** The text that `--help` or `--print-config` asks for, or undefined when the program should run. */
export function answerInstead(argv: readonly string[], env: NodeJS.ProcessEnv): string | undefined {
  if (argv.includes('--help')) return helpText();
  if (argv.includes('--print-config')) return printedConfig(loadConfig(argv, env));
  return undefined;
}

function helpText(): string {
  const lines = settingRows.map(({ flag, env, defaultText, unit, description }) => {
    const amount = [defaultText, unit].filter(Boolean).join(' ');
    return `  ${flag}  (${env})${amount ? `  [${amount}]` : ''}\n      ${description}`;
  });
  const extra = '  --print-config\n      Print every setting with its value, secrets masked.';
  return ['Usage: npm start -- [flags]', '', ...lines, extra].join('\n');
}

function printedConfig(config: Config): string {
  const values = new Map<string, unknown>(Object.entries(config));
  const width = Math.max(...settingRows.map((row) => row.env.length));
  const lines = settingRows.map(({ key, env, unit, secret }) => {
    const value = values.get(key);
    const shown = value === undefined ? '(not set)' : secret ? '********' : show(value);
    return `${env.padEnd(width)}  ${shown}${value !== undefined && unit ? ` ${unit}` : ''}`;
  });
  return lines.join('\n');
}

/** What must not be shown: the secret settings, and the passwords in those that are URLs. */
export function secretsOf(config: Config): string[] {
  const values = new Map<string, unknown>(Object.entries(config));
  const known = settingRows.flatMap(({ key, secret }) => (secret ? [values.get(key)].flat() : []));
  return known.flatMap((value) => (typeof value === 'string' ? [value, ...partsOfSecret(value)] : []));
}

/** Drivers quote the password of a URL by itself, and libraries the value of a header. */
function partsOfSecret(secret: string): string[] {
  const password = URL.parse(secret)?.password ?? '';
  const value = /^[\w-]+=(.+)$/s.exec(secret)?.[1] ?? '';
  return [password, safelyDecoded(password), value].filter((part) => part.length >= secretCharsMin);
}

/** Shorter ones would mask what is no secret. */
const secretCharsMin = 6;

function safelyDecoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
