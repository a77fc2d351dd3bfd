import { parseAnswer, stringifyJson } from '@credit-ledger/contract/json.ts';
import type { TransferBody } from '@credit-ledger/contract/transfers.ts';
import { z } from 'zod';

/** What a transfer is asked for that its own fields don't keep until it is run. */
export type DeferredRequest = Pick<TransferBody, 'effective_at' | 'hold' | 'require'>;

const conditions = z.object({
  available_min_minor: z.bigint().nullish(),
  available_max_minor: z.bigint().nullish(),
  version: z.int().nullish(),
});
const shape = z.object({
  effective_at: z.int().nullish(),
  hold: z
    .union([
      z.boolean(),
      z.object({ expires_in_seconds: z.int().nullish(), expires_at: z.int().nullish() }),
    ])
    .nullish(),
  require: z.object({ from: conditions.nullish(), to: conditions.nullish() }).nullish(),
});

export function writeDeferred({ effective_at, hold, require }: DeferredRequest): string {
  return stringifyJson({
    effective_at,
    hold: typeof hold === 'object' && hold !== null ? { ...hold } : hold,
    require:
      require === null || require === undefined
        ? undefined
        : { from: copyOf(require.from), to: copyOf(require.to) },
  });
}

/** A plain object, which is what JSON is made of; null and absent mean the same. */
function copyOf<Fields extends object>(fields: Fields | null | undefined) {
  return fields === null || fields === undefined ? undefined : { ...fields };
}

export function readDeferred(text: string | null): DeferredRequest {
  return shape.parse(parseAnswer(text ?? '{}'));
}
