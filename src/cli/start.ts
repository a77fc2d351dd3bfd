import { textOf, type Command } from './command.ts';

/** Starts the product. Its flags are the server's own: `credit-ledger start --help` shows them. */
export const start: Command = {
  summary: 'Start the product; its flags are those of the server: credit-ledger start --help',
  usage: '[--port 4000] [--data-dir .data] [--database-url <url>] …',
  options: {},
  examples: [
    ['credit-ledger start', 'with a database of its own in .data'],
    ['credit-ledger start --port 4001 --database-url postgres://…', 'on a PostgreSQL of yours'],
  ],
  run: ({ positionals }, { runProgram }) => runProgram('server', positionals),
};

export const demo: Command = {
  summary: 'Play the stories of the demo against a running server',
  usage: '',
  options: {},
  examples: [['credit-ledger demo --ledger demo', '']],
  run: (given, { runProgram }) => {
    const names = { url: 'url', 'api-key': 'key', ledger: 'ledger' };
    const args = Object.entries(names).flatMap(([name, flag]) => {
      const value = textOf(given, name);
      return value === undefined ? [] : [`--${flag}`, value];
    });
    return runProgram('demo', args);
  },
};
