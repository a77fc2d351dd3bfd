import type { Options } from './cli/command.ts';

/** What every command takes: where the server is. */
export const everywhere: Options = {
  url: {
    type: 'string',
    value: '<url>',
    describe: 'The server; http://127.0.0.1:4000 when nothing names one',
  },
  'api-key': {
    type: 'string',
    value: '<key>',
    describe: 'Better in CREDIT_LEDGER_API_KEY or a profile',
  },
  ledger: { type: 'string', value: '<name>', describe: 'The ledger, where the key has several' },
  profile: { type: 'string', value: '<name>', describe: 'A server kept by credit-ledger profiles set' },
  help: { type: 'boolean', describe: 'This' },
};
