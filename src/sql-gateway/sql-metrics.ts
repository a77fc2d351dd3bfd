import { Counter, Gauge, Histogram, type Registry } from 'prom-client';

/** The metrics of commands from SQL; durations in seconds. */
export function createSqlMetrics(registry: Registry) {
  const registers = [registry];
  return {
    commands: new Counter({
      name: 'sql_commands_total',
      help: 'Commands from SQL that were answered, by the status of their answer',
      labelNames: ['status'],
      registers,
    }),
    wait: new Histogram({
      name: 'sql_command_seconds',
      help: 'Time from asking for a command, before its commit, to its answer',
      buckets: [0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 60],
      registers,
    }),
    waiting: new Gauge({
      name: 'sql_commands_waiting',
      help: 'Commands from SQL that this process is about to carry out, at most 2,000',
      registers,
    }),
  };
}

export type SqlMetrics = ReturnType<typeof createSqlMetrics>;
