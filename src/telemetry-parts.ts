import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import type { Pool } from 'pg';
import type { Registry } from 'prom-client';
import { showParked } from './dead-letters/dead-letter-metrics.ts';
import { showOverdueHolds } from './ledger/overdue-holds.ts';
import type { Config } from './config.ts';
import type { Surroundings } from './parts.ts';
import { projectionNames } from './projections/projection.ts';
import type { Logger } from './runtime/log.ts';
import { createSpanMetrics } from './runtime/span-metrics.ts';
import { createIdTracer, Tracing } from './runtime/tracing.ts';
import { roleNames } from './settings.ts';
import { webhooksName } from './webhooks/dead-delivery.ts';
import { workerName } from './worker/dead-command.ts';
import { showOverdueJobs } from './worker/worker-metrics.ts';

/** What a process does, in a word where it does everything. */
export function roleTextOf({ role }: Config): string {
  return role.length === roleNames.length ? 'all' : role.join(',');
}

/** Shows what waits in the databases, whoever is to deal with it and also where nobody does. */
export function showBacklogs({ registry, pool }: Surroundings, readModels: Pool): void {
  showParked(registry, readModels, [...projectionNames, workerName, webhooksName]);
  showOverdueHolds(registry, pool);
  showOverdueJobs(registry, pool);
}

/** Traces of this process; where no collector is named, requests have trace ids and nothing more. */
export async function openTracing(
  config: Config,
  log: Logger,
  registry: Registry,
  started: (() => Promise<void>)[],
): Promise<Tracing> {
  const { otlpEndpoint: endpoint, otlpHeaders, traceRatio: ratio } = config;
  const spans = createSpanMetrics(registry);
  const random = Math.random;
  if (endpoint === undefined) {
    const tracer = createIdTracer((bytes) => randomBytes(bytes).toString('hex'));
    return new Tracing({ tracer, ratio, random });
  }
  // What sends traces takes 28 MB and 0.1 s to load: only who has a collector pays for it.
  const { openOtlp } = await import('./runtime/otlp.ts');
  const headers = Object.fromEntries((otlpHeaders ?? []).map(splitHeader));
  const resource = {
    'service.name': config.serviceName,
    'service.instance.id': `${hostname()}:${process.pid}`,
    'host.name': hostname(),
    'process.pid': process.pid,
    'credit_ledger.role': roleTextOf(config),
  };
  const { tracer, close } = openOtlp({ endpoint, headers, resource, spans, log });
  started.push(close);
  return new Tracing({ tracer, ratio, random });
}

function splitHeader(header: string): [string, string] {
  const at = header.indexOf('=');
  return [header.slice(0, at), header.slice(at + 1)];
}
