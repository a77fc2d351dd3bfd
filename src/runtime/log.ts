import { hostname } from 'node:os';
import { pino } from 'pino';
import { build as pretty } from 'pino-pretty';

export type Logger = pino.Logger;

/** Lines gather up to this many bytes before they are written: logging stays off the hot path. */
const bufferBytes = 8192;
const flushEveryMs = 250;

/**
 * A logger for one process. JSON lines go to standard output in blocks and are flushed every 250 ms and,
 * by pino itself, when the process exits; the pretty form is for a terminal and is written at once.
 */
export function createLogger(
  config: { logLevel: string; logFormat: 'pretty' | 'json' },
  role: string,
): Logger {
  const options: pino.LoggerOptions = {
    level: config.logLevel,
    base: { service: 'credit-ledger', role, pid: process.pid, hostname: hostname() },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
  };
  if (config.logFormat === 'pretty') {
    return pino(
      options,
      pretty({ sync: true, ignore: 'pid,hostname,service,role', translateTime: 'HH:MM:ss.l' }),
    );
  }
  const destination = pino.destination({
    sync: false,
    minLength: bufferBytes,
    periodicFlush: flushEveryMs,
  });
  return pino(options, destination);
}
