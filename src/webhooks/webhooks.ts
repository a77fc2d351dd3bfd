import { setTimeout as pause } from 'node:timers/promises';
import type { Pool } from 'pg';
import type { Registry } from 'prom-client';
import { parkDeadLetters } from '../dead-letters/parking.ts';
import type { LoggedEvent } from '../ledger/event-log.ts';
import type { Queryable } from '../ledger/read-answer.ts';
import { backoffMs } from '../relay/backoff.ts';
import type { Transport } from '../relay/transport/transport.ts';
import type { Logger } from '../runtime/log.ts';
import { toDeadLetter, webhooksName } from './dead-delivery.ts';
import { Dispatcher, type DispatcherOptions } from './dispatcher.ts';
import { followLog } from './follow-log.ts';
import { WebhookIntake } from './webhook-intake.ts';
import { createWebhookMetrics, type WebhookMetrics } from './webhook-metrics.ts';

export interface WebhooksOptions extends Pick<
  DispatcherOptions,
  | 'rules'
  | 'timeoutMs'
  | 'retries'
  | 'disableAfterMs'
  | 'now'
  | 'monotonic'
  | 'mintId'
  | 'onDisabled'
  | 'tracing'
> {
  /** The webhooks' own tables. */
  readonly pool: Pool;
  readonly transport: Transport;
  /** The next events after a position, which a dead letter quotes. */
  readonly readLog: (after: number, limit: number) => Promise<LoggedEvent[]>;
  /** Where dead letters are kept. */
  readonly deadLetters: Queryable;
  readonly registry: Registry;
  readonly logger: Logger;
}

export interface Webhooks {
  /** Finishes what is on its way. */
  close(): Promise<void>;
}

/**
 * Sends events to those who asked for them. Events make deliveries (webhook-intake.ts); a courier for each endpoint
 * (courier.ts) sends them until they arrive or are given up.
 *
 *   pending ─▶ attempt ─▶ (2xx) delivered
 *      ▲          └─▶ (anything else) ─▶ again after a pause, for three days ─▶ dead, with a dead letter
 *      └───────────────────────── redelivered or redriven ─────────────────────────┘
 */
export function startWebhooks(options: WebhooksOptions): Webhooks {
  const ending = new AbortController();
  const metrics = createWebhookMetrics(options.registry);
  metrics.consumed.inc({ consumer: webhooksName }, 0);
  const started = startOnce({ ...options, metrics }, ending.signal);
  return {
    close: async () => {
      ending.abort();
      await (await started)?.close();
    },
  };
}

/** A broker that is away holds up its events, not the process. @returns undefined where it ended before */
async function startOnce(options: OpenOptions, signal: AbortSignal): Promise<Webhooks | undefined> {
  const { logger, retries } = options;
  for (let failures = 1; !signal.aborted; failures += 1) {
    try {
      return await open(options);
    } catch (error) {
      logger.warn({ err: error }, 'the webhooks could not be started; trying again');
      await pause(backoffMs(failures, retries.random), undefined, { signal }).catch(() => undefined);
    }
  }
  return undefined;
}

type OpenOptions = WebhooksOptions & { readonly metrics: WebhookMetrics };

async function open(options: OpenOptions): Promise<Webhooks> {
  const { pool, transport, logger, monotonic } = options;
  const isDurable = transport.name !== 'postgres';
  const intake = new WebhookIntake({ pool, isDurable, monotonic });
  const partitions = await transport.partitionsOf(webhooksName);
  await intake.ensureCheckpoints(partitions);
  const dispatcher = new Dispatcher({
    ...options,
    log: logger,
    partitions,
    park: (endpointId, dead) => park(options, endpointId, dead),
  });
  try {
    const { metrics, readLog, retries } = options;
    const wake = (): void => dispatcher.wake();
    const { random } = retries;
    const parts = { transport, intake, partitions, readLog, wake, metrics, logger, random };
    const subscription = await followLog(parts);
    return {
      close: async () => {
        await subscription.close();
        await dispatcher.close();
      },
    };
  } catch (error) {
    await dispatcher.close();
    throw error;
  }
}

type Dead = Parameters<DispatcherOptions['park']>[1];

async function park(
  { readLog, deadLetters, transport, now }: WebhooksOptions,
  endpointId: string,
  { delivery, attempt, error }: Dead,
): Promise<void> {
  const event = await findEvent(readLog, delivery);
  const { accounts } = delivery;
  const letter = toDeadLetter({ endpointId, event, accounts, attempt, error, now: now() });
  await parkDeadLetters(deadLetters, [letter]);
  await transport.publishDead({ message: event, consumer: letter.consumer, error });
}

async function findEvent(
  readLog: WebhooksOptions['readLog'],
  { position }: Dead['delivery'],
): Promise<LoggedEvent> {
  const [event] = position === undefined ? [] : await readLog(position - 1, 1);
  if (event === undefined) throw new Error(`the log has no event ${position}`);
  return event;
}
