import { databaseOptions, requireWords, type Command } from './command.ts';

/** What is run before a new version where servers may not migrate by themselves. */
export const migrate: Command = {
  summary: 'Bring the schemas of the ledger and of the read models up to date, with no server',
  usage: '',
  options: {
    ...databaseOptions,
    'read-model-database-url': {
      type: 'string',
      value: '<url>',
      describe: 'That of the read models; READ_MODEL_DATABASE_URL, or the same one, when absent',
    },
  },
  examples: [['credit-ledger migrate', 'with DATABASE_URL set; then start with MIGRATE_AT_START=false']],
  run: async (given, { out, withDatabase }) => {
    requireWords(given);
    const applied = await withDatabase(given, ({ migrate }) => migrate(), true);
    for (const name of applied) out(`${name}\n`);
    out(applied.length === 0 ? 'Nothing to do: the schemas are up to date.\n' : 'Up to date.\n');
    return 0;
  },
};
