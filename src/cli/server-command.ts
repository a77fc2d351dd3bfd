import type { CallOptions, CreditLedger } from '@credit-ledger/sdk/client.ts';
import { createAmounts, type Amounts } from './amount-text.ts';
import { textOf, UsageError, type Command, type Given, type Options, type Surface } from './command.ts';
import { outputOptions, showOne, showRows, type Column } from './output.ts';

/** What a command that asks a server works with. */
export interface Asking {
  readonly given: Given;
  readonly surface: Surface;
  readonly client: CreditLedger;
  readonly amounts: Amounts;
  /** The key of what moves or creates, where one is given. */
  readonly call: CallOptions;
  readonly show: <Row extends object>(columns: readonly Column<Row>[], row: Row) => Promise<0>;
  readonly list: <Row extends object>(
    columns: readonly Column<Row>[],
    rows: Iterable<Row> | AsyncIterable<Row>,
  ) => Promise<0>;
}

/** Of commands that move or create. */
export const keyOption: Options = {
  'idempotency-key': {
    type: 'string',
    value: '<key>',
    describe: 'Makes it safe to run the same command again; a new one is made when absent',
  },
};

/** Of commands that list. */
export const limitOption: Options = {
  limit: { type: 'string', value: '<n>', describe: 'At most so many rows; all when absent' },
};

interface Spec extends Pick<Command, 'summary' | 'examples'> {
  readonly usage?: string;
  readonly options?: Options;
  readonly run: (asking: Asking) => Promise<number>;
}

/** A command that asks a server, with the options that all of these have. */
export function serverCommand({ summary, usage = '', options = {}, examples = [], run }: Spec): Command {
  return {
    summary,
    usage,
    options: { ...options, ...outputOptions },
    examples,
    run: async (given, surface) => {
      const client = await surface.connect(given);
      return run({
        given,
        surface,
        client,
        amounts: createAmounts(client),
        call: { idempotencyKey: textOf(given, 'idempotency-key') },
        show: async (columns, row) => {
          await showOne(given, surface, columns, row);
          return 0;
        },
        list: async (columns, rows) => {
          await showRows(given, surface, columns, rows);
          return 0;
        },
      });
    },
  };
}

/** The first rows of a list; all where nothing is said. @throws {UsageError} */
export async function* first<Row>(
  rows: AsyncIterable<Row>,
  count: number | undefined,
): AsyncGenerator<Row> {
  if (count === 0) throw new UsageError('--limit has to be at least 1');
  let left = count ?? Number.POSITIVE_INFINITY;
  for await (const row of rows) {
    yield row;
    if (--left <= 0) return;
  }
}
