import { Gauge, type Registry } from 'prom-client';

export interface ReconciliationMetrics {
  /** How many accounts, or blocks of the log, differ from the journal. */
  drift(source: string, count: number): void;
}

export function createReconciliationMetrics(registry: Registry): ReconciliationMetrics {
  const drift = new Gauge({
    name: 'ledger_drift_accounts',
    help: 'Accounts, or blocks of the log, that the last reconciliation found different from the journal.',
    labelNames: ['source'],
    registers: [registry],
  });
  return { drift: (source, count) => drift.set({ source }, count) };
}
