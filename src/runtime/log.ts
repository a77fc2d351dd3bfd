import { hostname } from 'node:os';
import { pino } from 'pino';
import { build as pretty } from 'pino-pretty';
import { traceFields } from './tracing.ts';

export type Logger = pino.Logger;

/** Lines gather up to this many bytes before they are written: logging stays off the hot path. */
const bufferBytes = 8192;
const flushEveryMs = 250;

/** An API key, wherever one would stand in a line: its id may be shown, the rest not. */
const apiKey = /(cl_live_[0-9A-Za-z]{16}_)[0-9A-Za-z]+/g;

/** What a process says of itself in each line. */
export interface LogConfig {
  readonly logLevel: string;
  readonly logFormat: 'pretty' | 'json';
  readonly serviceName?: string;
}

/**
 * A logger for one process. What is traced says its trace by itself. No line shows a secret: those of the settings are
 * masked in the finished line, as the errors of drivers quote what they were given. JSON lines go
 * to standard output in blocks and are flushed every 250 ms and, by pino itself, when the process exits; the pretty
 * form is for a terminal and is written at once.
 */
export function createLogger(
  { logLevel, logFormat, serviceName = 'credit-ledger' }: LogConfig,
  role: string,
  secrets: readonly string[] = [],
): Logger {
  const options: pino.LoggerOptions = {
    level: logLevel,
    base: { service: serviceName, role, pid: process.pid, hostname: hostname() },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    mixin: traceFields,
    hooks: { streamWrite: createMask(secrets) },
  };
  if (logFormat === 'pretty') {
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

/** Secrets as they stand in a line of JSON, the longest first: one may hold another. */
function createMask(secrets: readonly string[]): (line: string) => string {
  const shown = secrets.map((secret) => JSON.stringify(secret).slice(1, -1));
  const known = shown.toSorted((a, b) => b.length - a.length);
  return (line) =>
    known
      .reduce((text, secret) => text.replaceAll(secret, '********'), line)
      .replaceAll(apiKey, '$1********');
}

/** Says more on a signal, and with the next one as much as before. */
export function toggleDebug(log: Logger): () => void {
  const usual = log.level;
  return () => {
    log.level = log.level === usual ? 'debug' : usual;
    log.warn({ log_level: log.level }, 'the log level was changed');
  };
}
