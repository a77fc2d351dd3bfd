import { parseArgs } from 'node:util';

/** The parts of the benchmark, in the order in which they run. */
export const partNames = [
  'http',
  'breakdown',
  'batch',
  'csv',
  'hot',
  'memory',
  'traces',
  'read-models',
  'verify',
  'kafka',
  'overload',
  'long',
] as const;
export type PartName = (typeof partNames)[number];

export interface Options {
  readonly parts: readonly PartName[];
  /** How long each measurement takes. */
  readonly seconds: number;
  /** Measurements of which the median is given. */
  readonly runs: number;
  readonly accounts: number;
  /** Transfers before the memory is looked at, and to be verified. */
  readonly transfers: number;
  /** Journal lines that the long part fills up to. */
  readonly lines: number;
  /** Seconds for which the broker of the part kafka stays away. */
  readonly outage: number;
}

export const usage = `Usage: npm run bench -- [flags]

  --only <parts>       of ${partNames.join(', ')}, with commas between [all but long]
  --long               the part long, too: cost with a journal of ten million lines
  --seconds <n>        of each measurement [10]
  --runs <n>           measurements of which the median is given [3]
  --accounts <n>       accounts between which transfers go [100000]
  --transfers <n>      before the memory is looked at, and to be verified [1000000]
  --lines <n>          journal lines of the part long [10000000]
  --outage <n>         seconds for which the broker of the part kafka stays away [30]
`;

/** Reads the flags; undefined where they ask for help. @throws {Error} for what it does not know. */
export function readOptions(args: readonly string[]): Options | undefined {
  const text = { type: 'string' } as const;
  const flag = { type: 'boolean' } as const;
  const options = {
    only: text,
    long: flag,
    seconds: text,
    runs: text,
    accounts: text,
    transfers: text,
    lines: text,
    outage: text,
  };
  const { values } = parseArgs({ args: [...args], options: { ...options, help: flag } });
  if (values.help === true) return undefined;
  return {
    parts: chooseParts(values.only, values.long === true),
    seconds: readCount(values.seconds, 10),
    runs: readCount(values.runs, 3),
    accounts: readCount(values.accounts, 100_000),
    transfers: readCount(values.transfers, 1_000_000),
    lines: readCount(values.lines, 10_000_000),
    outage: readCount(values.outage, 30),
  };
}

function chooseParts(only: string | undefined, withLong: boolean): PartName[] {
  const named = only?.split(',') ?? partNames.filter((name) => name !== 'long');
  const unknown = named.filter((name) => !partNames.some((known) => known === name));
  if (unknown.length > 0)
    throw new Error(`no such part: ${unknown.join(', ')}. There are ${partNames.join(', ')}`);
  return partNames.filter((name) => named.includes(name) || (withLong && name === 'long'));
}

function readCount(text: string | undefined, fallback: number): number {
  if (text === undefined) return fallback;
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new Error(`${text} is not a whole number of at least 1`);
  return Number(text);
}
