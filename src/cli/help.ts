import { styleText } from 'node:util';
import type { Command, Option, Options } from './command.ts';
import { exitStatuses } from './exit-status.ts';

type Commands = Readonly<Record<string, Command>>;

/** All commands, with what each does. */
export function usageOf(commands: Commands): string {
  const width = Math.max(...Object.keys(commands).map((name) => name.length));
  const rows = Object.entries(commands).map(
    ([name, { summary }]) => `  ${name.padEnd(width)}  ${summary}\n`,
  );
  return `Usage: credit-ledger <command> [options]

${rows.join('')}
credit-ledger <command> --help says more, with examples; credit-ledger --version says which this is. A command that asks a server finds it by --url and --api-key, by
CREDIT_LEDGER_URL and CREDIT_LEDGER_API_KEY, by a profile (credit-ledger profiles set), or by the data directory here.
`;
}

/** A command with its options and examples. */
export function helpOf(name: string, command: Command, everywhere: Options): string {
  const { summary, usage, options, examples = [] } = command;
  const head = `Usage: credit-ledger ${[name, usage].filter(Boolean).join(' ')} [options]\n\n${summary}.\n`;
  const own = Object.keys(options).length === 0 ? '' : `\n${heading('Options')}${rowsOf(options)}`;
  const shared = Object.fromEntries(Object.entries(everywhere).filter(([key]) => !(key in options)));
  const shown = examples.map(([line, what]) => `  ${line}${what === '' ? '' : `   # ${what}`}\n`);
  const tried = shown.length === 0 ? '' : `\n${heading('Examples')}${shown.join('')}`;
  const others = Object.keys(shared).length === 0 ? '' : `\n${heading('Everywhere')}${rowsOf(shared)}`;
  return `${head}${own}${others}${tried}`;
}

/** What the statuses of the program mean. */
export function statusText(): string {
  return exitStatuses.map(([status, what]) => `  ${status}  ${what}\n`).join('');
}

function heading(text: string): string {
  return `${styleText('bold', text)}\n`;
}

function rowsOf(options: Options): string {
  const names = Object.entries(options).map(([name, option]) => `--${name}${valueOf(option)}`);
  const width = Math.max(...names.map((name) => name.length));
  return Object.values(options)
    .map(({ describe }, index) => `  ${(names[index] ?? '').padEnd(width)}  ${describe}\n`)
    .join('');
}

function valueOf({ type, value, choices }: Option): string {
  if (type === 'boolean') return '';
  return ` ${value ?? (choices === undefined ? '<text>' : `<${choices.join('|')}>`)}`;
}
