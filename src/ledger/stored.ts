import { refusals, type RefusalCode } from '@credit-ledger/contract/errors.ts';
import { parseAnswer, type Json, type JsonObject } from '@credit-ledger/contract/json.ts';
import { z } from 'zod';
import type { Done, Refused } from './commands.ts';
import type { Refusal } from './refusal.ts';

const json = z.custom<Json>();
const code = z.custom<RefusalCode>(
  (value) => typeof value === 'string' && Object.hasOwn(refusals, value),
);
const refusalShape = z.object({
  code,
  status: z.int(),
  detail: z.string(),
  facts: z.custom<JsonObject>(),
});
const refusedShape = refusalShape.extend({
  transfer_id: z.string().optional(),
  position: z.int().optional(),
});
const doneShape = z.object({
  status: z.union([z.literal(200), z.literal(201), z.literal(202)]),
  location: z.string().optional(),
  revision: z.int().optional(),
  body: json,
});
const batchShape = z.object({ items: z.array(z.union([z.string(), refusalShape])), position: z.int() });

/** Reads back the refusal that a FAILED transfer keeps. */
export function readStoredRefusal(text: string): Refusal {
  return refusalShape.parse(parseAnswer(text));
}

/** Reads back a refusal that a key keeps. */
export function readStoredRefused(text: string): Refused {
  const { transfer_id: transferId, position, ...refusal } = refusedShape.parse(parseAnswer(text));
  return {
    kind: 'refused',
    refusal,
    ...(transferId === undefined ? {} : { transferId }),
    ...(position === undefined ? {} : { position }),
  };
}

/** Reads back an answer that a key keeps. */
export function readStoredDone(text: string): Done {
  const { location, revision, ...rest } = doneShape.parse(parseAnswer(text));
  return {
    kind: 'done',
    ...rest,
    ...(location === undefined ? {} : { location }),
    ...(revision === undefined ? {} : { revision }),
  };
}

/** Reads back what a batch's key keeps: transfer ids and refusals in order. */
export function readStoredBatch(text: string): { items: (string | Refusal)[]; position: number } {
  return batchShape.parse(parseAnswer(text));
}
