import { textOf, type Command } from './command.ts';

/** The signed heads that a running server tells of. */
export const heads: Command = {
  summary: 'List the signed heads of a ledger, the newest first',
  usage: '[--ledger <name>] [--limit <n>]',
  options: { ledger: { type: 'string' }, limit: { type: 'string' } },
  run: async (given, { out, ask }) => {
    const limit = textOf(given, 'limit') ?? '100';
    const path = `/v1/seals?limit=${encodeURIComponent(limit)}`;
    const answer = await ask(given, 'GET', path, textOf(given, 'ledger'));
    out(`${await answer.text()}\n`);
    return 0;
  },
};
