import type { Pool } from 'pg';
import { Counter, type Registry } from 'prom-client';
import { showAsked } from '../runtime/metrics.ts';

const name = 'dlq_messages_total';

/** Counts dead letters by consumer: one counter for all consumers of a process. */
export function countDeadLetters(registry: Registry): Counter<'consumer'> {
  const known = registry.getSingleMetric(name);
  if (known instanceof Counter) return known;
  return new Counter({
    name,
    help: 'Events and commands parked as dead letters, those that wait behind them included',
    labelNames: ['consumer'],
    registers: [registry],
  });
}

/** Shows how many letters of each consumer wait for somebody; those that wait behind them are not counted. */
export function showParked(
  registry: Registry,
  db: Pick<Pool, 'query'>,
  consumers: readonly string[],
): void {
  const help =
    'Dead letters that wait for somebody, by consumer; of the database, the same in every process';
  showAsked(registry, { name: 'dead_letters_parked', help, labelNames: ['consumer'] }, async () => {
    const { rows } = await db.query<{ consumer: string; count: number }>({
      name: 'count-parked',
      text: `select c.consumer, (select count(*) from read_models.dead_letters d
          where d.consumer = c.consumer and d.status = 'parked')::int as count
        from unnest($1::text[]) as c (consumer)`,
      values: [consumers],
    });
    return rows.map(({ consumer, count }) => [{ consumer }, count] as const);
  });
}
