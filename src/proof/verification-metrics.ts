import { Gauge, type Registry } from 'prom-client';

export function createVerificationMetrics(registry: Registry): Gauge<'check'> {
  return new Gauge({
    name: 'verification_bad_records',
    help: 'What the last verification of this process found, by check',
    labelNames: ['check'],
    registers: [registry],
  });
}
