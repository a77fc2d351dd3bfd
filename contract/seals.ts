import { z } from 'zod';
import { entryOut } from './entries.ts';
import { positionIn, pageQuery } from './lists.ts';
import { timeOut } from './times.ts';

const hashOut = z.string().meta({ description: '64 hexadecimal digits' });
const tree = z.enum(['journal', 'periods', 'audit']).default('journal').meta({
  description: "The ledger's journal, the closes of its periods, or the log of what callers did",
});

export const listSealsQuery = z.strictObject({ ...pageQuery.shape, tree: tree.optional() });

export const consistencyQuery = z.strictObject({
  tree: tree.optional(),
  from: positionIn.meta({ description: 'Size of the earlier head' }),
  to: positionIn.meta({ description: 'Size of the later head' }),
});

/** A signed tree head (docs/receipt-format.md). */
export const sealOut = z
  .object({
    tree: z.string(),
    tree_size: z.int(),
    root_hash: hashOut,
    sealed_at: timeOut,
    key_id: z.string(),
    head: z.string().meta({ description: 'The signed note, whole' }),
    position: z.int().nullable(),
  })
  .meta({ id: 'Seal' });

export const sealsOut = z.object({ data: z.array(sealOut) }).meta({ id: 'NewSeals' });

export const exportQuery = z.strictObject({
  format: z.enum(['ndjson', 'hledger', 'ledger', 'beancount']).default('ndjson'),
});

/** A stream of lines (docs/export-format.md), or text in the format that was asked for. */
export const exportOut = z.string().meta({ id: 'Export' });

const sealKeyOut = z.object({
  key_id: z.string(),
  key: z.string().meta({ description: '`<name>+<key id>+<base64>`, as a signed note names it' }),
  public_key: z.string().meta({ description: 'PEM' }),
  created_at: timeOut,
});

export const sealKeysOut = z.object({ data: z.array(sealKeyOut) }).meta({ id: 'SealKeys' });

export const consistencyOut = z
  .object({ tree: z.string(), from: sealOut, to: sealOut, consistency: z.array(hashOut) })
  .meta({ id: 'Consistency' });

export const receiptOut = z
  .object({
    format: z.string(),
    entry: entryOut,
    leaf_index: z.int(),
    tree_size: z.int(),
    inclusion: z.array(hashOut),
    head: z.string(),
  })
  .meta({ id: 'Receipt' });
