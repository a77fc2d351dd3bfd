import type { DescMessage } from '@bufbuild/protobuf';
import { z } from 'zod';
import {
  AccountCreatedSchema,
  AccountUpdatedSchema,
  DriftFoundSchema,
  EntryPostedSchema,
  LedgerSealedSchema,
  TransferCancelledSchema,
  TransferCompletedSchema,
  TransferExpiredSchema,
  TransferFailedSchema,
  TransferHeldSchema,
  TransferInitiatedSchema,
  TransferReversedSchema,
  TransferScheduledSchema,
  TransferSettledSchema,
  TransferVoidedSchema,
} from './gen/ledger/v1/events_pb.ts';
import { idOut, ledgerName } from './ids.ts';
import { timeOut } from './times.ts';

/** Every type of event, by its message in events.proto. */
const eventSchemas = [
  AccountCreatedSchema,
  AccountUpdatedSchema,
  EntryPostedSchema,
  TransferInitiatedSchema,
  TransferScheduledSchema,
  TransferCancelledSchema,
  TransferHeldSchema,
  TransferSettledSchema,
  TransferCompletedSchema,
  TransferFailedSchema,
  TransferVoidedSchema,
  TransferExpiredSchema,
  TransferReversedSchema,
  LedgerSealedSchema,
  DriftFoundSchema,
] as const satisfies DescMessage[];

export const eventSchemaByType: ReadonlyMap<string, DescMessage> = new Map<string, DescMessage>(
  eventSchemas.map((schema) => [schema.name, schema]),
);
const eventTypes = [...eventSchemaByType.keys()];

/** One type, in a list of them. */
export const eventTypeIn = z
  .string()
  .refine((type) => eventSchemaByType.has(type), `must be one of ${eventTypes.join(', ')}`);

/** Types between commas. */
export const eventTypesIn = z
  .string()
  .transform((text, context): ReadonlySet<string> => {
    const types = text.split(',');
    const unknown = types.find((type) => !eventSchemaByType.has(type));
    if (unknown === undefined) return new Set(types);
    context.addIssue({
      code: 'custom',
      message: `must be event types between commas: ${eventTypes.join(', ')}`,
    });
    return z.NEVER;
  })
  .meta({ description: `Of these types only, between commas: ${eventTypes.join(', ')}` });

export const eventOut = z
  .object({
    position: z.int(),
    event_id: idOut,
    type: z.string(),
    schema_version: z.int(),
    ledger: ledgerName,
    aggregate: z.enum(['account', 'transfer', 'entry']),
    key: idOut,
    recorded_at: timeOut,
    correlation_id: z.string().nullable(),
    traceparent: z.string().nullable(),
    payload: z
      .object({})
      .meta({ description: 'The message of events.proto, its fields by their names there' }),
  })
  .meta({ id: 'Event' });

export const eventPageOut = z
  .object({
    data: z.array(eventOut),
    next_position: z.int().meta({
      description: 'The `after_position` of the next page; it moves on also where nothing matched',
    }),
  })
  .meta({ id: 'Events' });
