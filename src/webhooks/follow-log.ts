import { setTimeout as pause } from 'node:timers/promises';
import { backoffMs } from '../relay/backoff.ts';
import { PositionLost, type Subscription, type Transport } from '../relay/transport/transport.ts';
import type { Logger } from '../runtime/log.ts';
import { webhooksName } from './dead-delivery.ts';
import type { CatchUpSource, WebhookIntake } from './webhook-intake.ts';
import type { WebhookMetrics } from './webhook-metrics.ts';

export interface FollowOptions {
  readonly transport: Transport;
  readonly intake: WebhookIntake;
  readonly partitions: readonly string[];
  readonly readLog: CatchUpSource['read'];
  /** There are new deliveries. */
  readonly wake: () => void;
  readonly metrics: Pick<WebhookMetrics, 'consumed'>;
  readonly logger: Logger;
  /** In [0, 1). */
  readonly random: () => number;
}

/** Hands events to the intake. What the broker does not have any more is read from the log, and then it goes on. */
export async function followLog(options: FollowOptions): Promise<Subscription> {
  const ending = new AbortController();
  let recovery: Promise<void> | undefined;
  const recover = async (lost: PositionLost): Promise<void> => {
    options.logger.warn(
      { err: lost },
      'the webhooks lost their place in the broker and catch up from the log',
    );
    // It has ended itself; another one has to wait until it has given its partitions back.
    await subscription.close();
    subscription = (await catchUp(options, onFault, ending.signal)) ?? subscription;
    recovery = undefined;
  };
  const onFault = (error: unknown): void => {
    // A group may lose several partitions at once: what is caught up is all of them.
    if (error instanceof PositionLost) recovery ??= recover(error);
    else options.logger.warn({ err: error }, 'the webhooks could not read the log; trying again');
  };
  let subscription = await subscribe(options, onFault);
  return {
    close: async () => {
      ending.abort();
      await recovery;
      await subscription.close();
    },
  };
}

/** Tries until it is done. @returns the subscription that goes on from there; undefined where it was ended before */
async function catchUp(
  options: FollowOptions,
  onFault: (error: unknown) => void,
  signal: AbortSignal,
): Promise<Subscription | undefined> {
  const { intake, transport, partitions, readLog: read, logger, random, wake } = options;
  const partitionOf: CatchUpSource['partitionOf'] = (event) =>
    transport.partitionOf(webhooksName, event);
  for (let failures = 1; !signal.aborted; failures += 1) {
    try {
      const made = await intake.catchUp({ partitions, read, partitionOf });
      logger.info({ deliveries: made }, 'the webhooks have caught up');
      wake();
      return await subscribe(options, onFault);
    } catch (error) {
      logger.warn({ err: error }, 'the webhooks could not catch up from the log; trying again');
      await pause(backoffMs(failures, random), undefined, { signal }).catch(() => undefined);
    }
  }
  return undefined;
}

function subscribe(
  { transport, intake, metrics, wake }: FollowOptions,
  onFault: (error: unknown) => void,
): Promise<Subscription> {
  return transport.subscribe({
    group: webhooksName,
    appliedIn: (partition) => intake.appliedIn(partition),
    handle: async (delivery) => {
      if (await intake.take(delivery)) wake();
      metrics.consumed.inc({ consumer: webhooksName }, delivery.messages.length);
    },
    onFault,
  });
}
