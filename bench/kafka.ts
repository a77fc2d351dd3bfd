import { setTimeout as delay } from 'node:timers/promises';
import { startKafka } from '../tools/kafka.ts';
import type { Broker } from '../tools/programs.ts';
import { entriesOf, readMetrics, waitUntilQuiet } from './metrics.ts';
import type { Options } from './options.ts';
import { batchesInFlight, batchSize, caughtUp, measureFollowing, measureShown } from './read-models.ts';
import type { Section } from './report.ts';
import { everything, withServer, type BenchServer } from './server.ts';
import { runWrk } from './wrk.ts';

/** The same process with a Kafka between the log and the read models, on the same machine. */
export async function measureKafka(options: Options): Promise<Section> {
  const broker = await startKafka();
  try {
    const work = (server: BenchServer) => measure(server, broker, options);
    return await withServer(everything, options.accounts, work, { KAFKA_BROKERS: broker.url });
  } finally {
    await broker.remove();
  }
}

async function measure(server: BenchServer, broker: Broker, options: Options): Promise<Section> {
  const { seconds, outage, accounts } = options;
  const load = { script: 'batches', connections: batchesInFlight, accounts } as const;
  await caughtUp(server);
  await runWrk(server, { ...load, seconds: Math.min(5, seconds) });
  await caughtUp(server);
  const followed = await measureFollowing(server, () => runWrk(server, { ...load, seconds }));
  const shown = await measureShown(server, options, followed.followedPerSecond / 2);
  await caughtUp(server);

  const withBroker = (await runWrk(server, { ...load, seconds })).perSecond * batchSize;
  await caughtUp(server);
  await broker.kill();
  const without = (await runWrk(server, { ...load, seconds })).perSecond * batchSize;
  const before = entriesOf(await waitUntilQuiet(server));
  await delay(outage * 1000);
  await broker.start();
  const begin = performance.now();
  await caughtUp(server);
  const drained = (performance.now() - begin) / 1000;
  const after = entriesOf(await readMetrics(server));
  return {
    title: `Through Kafka on the same machine, batches of 1,000, ${batchesInFlight} in flight`,
    columns: ['what', 'figure'],
    rows: [
      ['transfers per second that the read models can follow', followed.followedPerSecond],
      ['p99 from posted to visible at half of that, 50 at once, ms', shown],
      ['transfers written per second, with the broker', withBroker],
      ['transfers written per second, with the broker killed', without],
      ['seconds of outage after that load', outage],
      ['seconds until all that was written meanwhile is visible', drained],
    ],
    targets: [
      { name: 'posted to visible, p99', actual: shown, goal: 500, at: 'most', unit: 'ms' },
      {
        name: 'written without the broker, to written with it',
        actual: (100 * without) / withBroker,
        goal: 90,
        at: 'least',
        unit: '%',
      },
    ],
    checks: [{ name: 'entries committed while the backlog drained', expected: before, actual: after }],
  };
}
