import { findProgram, runProgram } from './program.ts';
import { queryRows, type Postgres } from './postgres.ts';

const database = 'pgbench';
const scale = 20;

/** Fills pgbench's tables beside the ledger's, on the same server. */
export async function preparePgbench(postgres: Postgres): Promise<void> {
  await queryRows(postgres, `create database ${database}`);
  await runProgram(findProgram('pgbench'), [
    ...addressOf(postgres),
    '-i',
    '-q',
    '-s',
    String(scale),
    database,
  ]);
}

/** Transactions per second of its built-in TPC-B, prepared. */
export async function runPgbench(postgres: Postgres, clients: number, seconds: number): Promise<number> {
  const load = [
    '-M',
    'prepared',
    '-c',
    String(clients),
    '-j',
    String(Math.min(clients, 2)),
    '-T',
    String(seconds),
  ];
  const output = await runProgram(findProgram('pgbench'), [...addressOf(postgres), ...load, database]);
  const rate = /^tps = ([\d.]+)/m.exec(output)?.[1];
  if (rate === undefined) throw new Error(`pgbench gave no rate:\n${output}`);
  return Number(rate);
}

function addressOf({ config }: Postgres): string[] {
  return ['-h', config.host, '-p', String(config.port), '-U', config.user];
}
