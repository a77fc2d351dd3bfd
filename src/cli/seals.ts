import { stringifyJson } from '@credit-ledger/contract/json.ts';
import { numberOf, requireWords, type Command } from './command.ts';
import { toJson } from './output.ts';

/** Has a running server sign the heads of its ledgers. */
export const seal: Command = {
  summary: 'Have the server sign the heads of all ledgers that have grown',
  usage: '',
  options: {},
  run: async (given, { out, connect }) => {
    requireWords(given);
    const client = await connect(given);
    out(`${stringifyJson(toJson(await client.sealLedgers()))}\n`);
    return 0;
  },
};

/** The signed heads that a running server tells of. */
export const heads: Command = {
  summary: 'List the signed heads of a ledger, the newest first, as JSON',
  usage: '',
  options: { limit: { type: 'string', value: '<n>', describe: '100 when absent' } },
  run: async (given, { out, connect }) => {
    requireWords(given);
    const client = await connect(given);
    const page = await client.listSeals({ limit: numberOf(given, 'limit') ?? 100 }).page();
    out(`${stringifyJson(toJson(page))}\n`);
    return 0;
  },
};
