import { z } from 'zod';
import { overlapSecondsMax } from './api-keys.ts';
import { eventTypeIn } from './events.ts';
import { accountRefIn, idOut, ledgerName, textIn } from './ids.ts';
import { pageQuery } from './lists.ts';
import { timeIn, timeOut } from './times.ts';

const urlCharactersMax = 2000;
const url = z
  .string()
  .max(urlCharactersMax)
  .refine((text) => URL.canParse(text), 'must be an absolute URL')
  .meta({ format: 'uri', description: 'HTTPS, to a public address, unless the settings allow more' });
const description = textIn(0, 1000);
const eventTypes = z
  .array(eventTypeIn)
  .min(1)
  .max(50)
  .meta({ description: 'Of these types only; every type when absent' });
const ledgers = z
  .array(ledgerName)
  .min(1)
  .max(100)
  .meta({ description: 'Of these ledgers; the one of the request when absent' });
const accounts = z
  .array(accountRefIn)
  .min(1)
  .max(1000)
  .meta({ description: 'Only events that one of these accounts has a part in; of any when absent' });
const endpointStatus = z.enum(['ACTIVE', 'DISABLED']);

export const createWebhookBody = z.strictObject({
  url,
  description: description.nullish(),
  event_types: eventTypes.nullish(),
  ledgers: ledgers.nullish(),
  account_ids: accounts.nullish(),
});

/** Absent keeps, null clears. */
export const updateWebhookBody = z.strictObject({
  url: url.optional(),
  description: description.nullish(),
  event_types: eventTypes.nullish(),
  ledgers: ledgers.optional(),
  account_ids: accounts.nullish(),
  status: endpointStatus
    .meta({ description: 'ACTIVE sends what has waited meanwhile, in its order' })
    .optional(),
});

export const rotateWebhookSecretBody = z.strictObject({
  overlap_seconds: z
    .int()
    .min(0)
    .max(overlapSecondsMax)
    .default(86_400)
    .meta({ description: 'How long the old secret signs too; a day when absent' }),
});

export const webhookOut = z
  .object({
    id: idOut,
    url: z.string(),
    description: z.string().nullable(),
    event_types: z.array(z.string()).nullable(),
    ledgers: z.array(z.string()),
    account_ids: z.array(idOut).nullable(),
    status: endpointStatus,
    disabled_reason: z
      .enum(['caller', 'gone', 'failing'])
      .nullable()
      .meta({ description: '`gone`: it answered 410; `failing`: nothing arrived for too long' }),
    failing_since: timeOut.nullable(),
    created_at: timeOut,
    updated_at: timeOut,
  })
  .meta({ id: 'Webhook' });

/** The answer that shows the secret, once. */
export const newWebhookOut = webhookOut
  .extend({ secret: z.string().meta({ examples: ['whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'] }) })
  .meta({ id: 'NewWebhook' });

const deliveryState = z.enum(['pending', 'delivered', 'dead']);

export const deliveryOut = z
  .object({
    id: idOut,
    webhook_id: idOut,
    message_id: idOut.meta({ description: 'What `webhook-id` says: the id of the event' }),
    type: z.string(),
    position: z.int().nullable(),
    state: deliveryState,
    attempts: z.int(),
    last_status: z.int().nullable(),
    last_error: z.string().nullable(),
    next_attempt_at: timeOut.nullable(),
    created_at: timeOut,
    ended_at: timeOut.nullable(),
  })
  .meta({ id: 'WebhookDelivery' });

/** With each attempt at it. */
export const deliveryDetailOut = deliveryOut
  .extend({
    attempt_log: z.array(
      z.object({
        attempt: z.int(),
        started_at: timeOut,
        duration_ms: z.int(),
        status: z.int().nullable().meta({ description: 'Of the answer; null where there was none' }),
        error: z.string().nullable(),
        response: z.string().nullable().meta({ description: 'The first 1,024 bytes of the answer' }),
      }),
    ),
  })
  .meta({ id: 'WebhookDeliveryDetail' });

export const deliveriesQuery = z.strictObject({
  ...pageQuery.shape,
  state: deliveryState.optional(),
});

export const redeliverBody = z
  .strictObject({
    state: z.enum(['delivered', 'dead']).nullish(),
    created_after: timeIn.nullish(),
    created_before: timeIn.nullish(),
  })
  .refine((body) => Object.values(body).some((value) => value !== null && value !== undefined), {
    message: 'must narrow by state or time',
  });

export const redeliverOut = z.object({ redelivered: z.int() }).meta({ id: 'RedeliverResult' });
