import { Gauge, type Registry } from 'prom-client';
import { projectionNames } from '../projections/projection.ts';

export interface ReconciliationMetrics {
  /** How many accounts, or blocks of the log, differ from the journal. */
  drift(source: string, count: number): void;
}

/** What is compared with the journal. */
const sources = ['accounts', ...projectionNames, 'topics'];

export function createReconciliationMetrics(registry: Registry): ReconciliationMetrics {
  const drift = new Gauge({
    name: 'ledger_drift_accounts',
    help: 'Accounts, or blocks of the log, that the last reconciliation of this process found different from the journal',
    labelNames: ['source'],
    registers: [registry],
  });
  for (const source of sources) drift.set({ source }, 0);
  return { drift: (source, count) => drift.set({ source }, count) };
}
