/** What was looked at; `mend` says what to do, and `isBad` whether it has to be done. */
export interface Finding {
  readonly what: string;
  readonly says: string;
  readonly mend: string | undefined;
  readonly isBad: boolean;
}

interface Setting {
  readonly setting: string;
  readonly unit: string | null;
}

/** A setting with what it should be. */
interface Wish {
  readonly name: string;
  readonly isWell: (setting: Setting) => boolean;
  readonly mend: string;
  /** Without it money may be lost, or nothing works. */
  readonly isNeeded: boolean;
}

const isOn = ({ setting }: Setting): boolean => setting === 'on';
const atLeast = (least: number) => (setting: Setting) => bytesOf(setting) >= least;
const mebibyte = 1024 ** 2;

const wishes: readonly Wish[] = [
  {
    name: 'server_version_num',
    isWell: ({ setting }) => Number(setting) >= 150_000,
    mend: 'PostgreSQL 15 or later is needed',
    isNeeded: true,
  },
  {
    name: 'fsync',
    isWell: isOn,
    mend: 'set fsync = on: a crash of the machine would lose money',
    isNeeded: true,
  },
  {
    name: 'full_page_writes',
    isWell: isOn,
    mend: 'set full_page_writes = on: a torn page would break the book',
    isNeeded: true,
  },
  {
    name: 'synchronous_commit',
    isWell: ({ setting }) => setting !== 'off',
    mend: 'set synchronous_commit = on: an answer would come before its commit is safe',
    isNeeded: true,
  },
  {
    name: 'data_checksums',
    isWell: isOn,
    mend: 'pg_checksums --enable finds what a disk has changed',
    isNeeded: false,
  },
  {
    name: 'max_connections',
    isWell: ({ setting }) => Number(setting) >= 60,
    mend: 'a server with all roles takes about 40: set max_connections = 100',
    isNeeded: false,
  },
  {
    name: 'shared_buffers',
    isWell: atLeast(256 * mebibyte),
    mend: 'set shared_buffers = 256MB or more',
    isNeeded: false,
  },
  {
    name: 'max_wal_size',
    isWell: atLeast(2048 * mebibyte),
    mend: 'set max_wal_size = 4GB: frequent checkpoints cost throughput',
    isNeeded: false,
  },
  {
    name: 'autovacuum',
    isWell: isOn,
    mend: 'set autovacuum = on: tables would grow without end',
    isNeeded: true,
  },
  {
    name: 'jit',
    isWell: ({ setting }) => setting === 'off',
    mend: 'set jit = off: it slows short queries',
    isNeeded: false,
  },
  {
    name: 'default_transaction_read_only',
    isWell: ({ setting }) => setting === 'off',
    mend: 'this is a standby, or set to refuse writes: name the primary',
    isNeeded: true,
  },
];

/** Judges the settings of a PostgreSQL, each with its reason. */
export function judgeSettings(settings: ReadonlyMap<string, Setting>): Finding[] {
  return wishes.map(({ name, isWell, mend, isNeeded }) => {
    const setting = settings.get(name) ?? { setting: 'unknown', unit: null };
    const fits = isWell(setting);
    return {
      what: name,
      says: textOf(setting),
      mend: fits ? undefined : mend,
      isBad: !fits && isNeeded,
    };
  });
}

const units: Readonly<Record<string, number>> = {
  B: 1,
  kB: 1024,
  '8kB': 8192,
  '16MB': 16 * mebibyte,
  MB: mebibyte,
};

/** As a person would write it: PostgreSQL counts memory in pages of its own. */
function textOf(setting: Setting): string {
  return setting.unit === null ? setting.setting : `${bytesOf(setting) / mebibyte} MiB`;
}

function bytesOf({ setting, unit }: Setting): number {
  return Number(setting) * (units[unit ?? 'B'] ?? 1);
}
