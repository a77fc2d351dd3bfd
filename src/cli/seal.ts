import type { Command } from './command.ts';

/** Has a running server sign the heads of its ledgers. */
export const seal: Command = {
  summary: 'Have the server sign the heads of all ledgers that have grown',
  usage: '',
  options: {},
  run: async (given, { out, ask }) => {
    const answer = await ask(given, 'POST', '/v1/admin/seals');
    out(`${await answer.text()}\n`);
    return 0;
  },
};
