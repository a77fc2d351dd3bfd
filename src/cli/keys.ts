import type { ApiKey, Webhook, WebhookDelivery } from '@credit-ledger/sdk/client.ts';
import { choiceOf, listOf, numberOf, requireText, requireWords, textOf, UsageError } from './command.ts';
import { shortTime, type Column } from './output.ts';
import { first, limitOption, serverCommand } from './server-command.ts';

const scopes = ['read', 'write', 'admin', 'keys', 'redrive'] as const;

const keyColumns: readonly Column<ApiKey>[] = [
  { name: 'id', of: ({ id }) => id },
  { name: 'name', of: ({ name }) => name },
  { name: 'scopes', of: (row) => row.scopes.join(',') },
  { name: 'ledgers', of: (row) => row.ledgers.join(',') },
  { name: 'created_at', of: (row) => shortTime(row.created_at) },
  { name: 'last_used', of: (row) => shortTime(row.last_used_at) },
  { name: 'expires', of: (row) => shortTime(row.expires_at) },
  { name: 'revoked', of: (row) => shortTime(row.revoked_at) },
];

const secretKey = { name: 'key', of: (row: ApiKey & { readonly key: string }) => row.key };

const webhookColumns: readonly Column<Webhook>[] = [
  { name: 'id', of: ({ id }) => id },
  { name: 'url', of: ({ url }) => url },
  {
    name: 'status',
    of: ({ status, disabled_reason: why }) => (why === null ? status : `${status} (${why})`),
  },
  { name: 'ledgers', of: (row) => row.ledgers.join(',') },
  { name: 'events', of: (row) => row.event_types?.join(',') ?? 'all' },
  { name: 'failing_since', of: (row) => shortTime(row.failing_since) },
];

const secretOf = { name: 'secret', of: (row: Webhook & { readonly secret: string }) => row.secret };

const deliveryColumns: readonly Column<WebhookDelivery>[] = [
  { name: 'id', of: ({ id }) => id },
  { name: 'event', of: ({ type }) => type },
  { name: 'position', of: ({ position }) => position, isNumber: true },
  { name: 'state', of: ({ state }) => state },
  { name: 'attempts', of: ({ attempts }) => attempts, isNumber: true },
  { name: 'answer', of: (row) => row.last_status, isNumber: true },
  { name: 'error', of: (row) => row.last_error },
];

export const keyCommands = {
  'keys list': serverCommand({
    summary: 'List the API keys; their secrets are not kept',
    options: limitOption,
    run: ({ client, given, list }) =>
      list(keyColumns, first(client.listApiKeys(), numberOf(given, 'limit'))),
  }),
  'keys create': serverCommand({
    summary: 'Make an API key; its secret is shown this once',
    options: {
      name: { type: 'string', describe: 'Whose it is; needed' },
      scopes: {
        type: 'string',
        value: '<a,b>',
        describe: `Of ${scopes.join(', ')}; read,write when absent`,
      },
      ledgers: { type: 'string', value: '<a,b>', describe: 'main when absent' },
      expires: { type: 'string', value: '<time>', describe: 'When it ends; never when absent' },
    },
    examples: [['credit-ledger keys create --name billing --scopes read,write --ledgers main', '']],
    run: async ({ client, given, show }) => {
      requireWords(given);
      const key = await client.createApiKey({
        name: requireText(given, 'name'),
        scopes: (listOf(given, 'scopes') ?? ['read', 'write']).map(readScope),
        ledgers: listOf(given, 'ledgers') ?? ['main'],
        expires_at: textOf(given, 'expires'),
      });
      return show([...keyColumns, secretKey], key);
    },
  }),
  'keys rotate': serverCommand({
    summary: 'Replace a key by a new one; both count for a while',
    usage: '<id>',
    options: {
      overlap: { type: 'string', value: '<seconds>', describe: 'How long the old one still counts' },
    },
    run: async ({ client, given, show }) => {
      const [id = ''] = requireWords(given, 'id');
      const key = await client.rotateApiKey(id, { overlap_seconds: numberOf(given, 'overlap') });
      return show([...keyColumns, secretKey], key);
    },
  }),
  'keys revoke': serverCommand({
    summary: 'End a key at once, everywhere',
    usage: '<id>',
    run: async ({ client, given, show }) =>
      show(keyColumns, await client.revokeApiKey(requireWords(given, 'id')[0] ?? '')),
  }),
  'webhooks list': serverCommand({
    summary: 'List the webhooks',
    options: limitOption,
    run: ({ client, given, list }) =>
      list(webhookColumns, first(client.listWebhooks(), numberOf(given, 'limit'))),
  }),
  'webhooks create': serverCommand({
    summary: 'Have events sent to an address; its secret is shown this once',
    usage: '<url>',
    options: {
      types: { type: 'string', value: '<A,B>', describe: 'Of these types only; all when absent' },
      ledgers: {
        type: 'string',
        value: '<a,b>',
        describe: 'Of these ledgers; those of the key when absent',
      },
      accounts: { type: 'string', value: '<id,id>', describe: 'That these accounts have a part in' },
      description: { type: 'string', describe: 'What it is for' },
    },
    examples: [
      ['credit-ledger webhooks create https://shop.example/hook --types TransferCompleted', ''],
    ],
    run: async ({ client, given, show }) => {
      const [url = ''] = requireWords(given, 'url');
      const webhook = await client.createWebhook({
        url,
        description: textOf(given, 'description'),
        event_types: listOf(given, 'types'),
        ledgers: listOf(given, 'ledgers'),
        account_ids: listOf(given, 'accounts'),
      });
      return show([...webhookColumns, secretOf], webhook);
    },
  }),
  'webhooks update': serverCommand({
    summary: 'Switch a webhook on or off, or send it elsewhere',
    usage: '<id>',
    options: {
      status: { type: 'string', choices: ['ACTIVE', 'DISABLED'], describe: 'On or off' },
      address: { type: 'string', value: '<url>', describe: 'Its new address' },
    },
    run: async ({ client, given, show }) => {
      const [id = ''] = requireWords(given, 'id');
      const status = choiceOf(given, 'status', ['ACTIVE', 'DISABLED'] as const);
      const change = { status, url: textOf(given, 'address') };
      return show(webhookColumns, await client.updateWebhook(id, change));
    },
  }),
  'webhooks delete': serverCommand({
    summary: 'Forget a webhook',
    usage: '<id>',
    run: async ({ client, given, show }) =>
      show(webhookColumns, await client.deleteWebhook(requireWords(given, 'id')[0] ?? '')),
  }),
  'webhooks rotate': serverCommand({
    summary: 'Make a new secret; the old one signs too for a while',
    usage: '<id>',
    run: async ({ client, given, show }) =>
      show(
        [...webhookColumns, secretOf],
        await client.rotateWebhookSecret(requireWords(given, 'id')[0] ?? ''),
      ),
  }),
  'webhooks test': serverCommand({
    summary: 'Send a test event',
    usage: '<id>',
    run: async ({ client, given, show }) =>
      show(deliveryColumns, await client.testWebhook(requireWords(given, 'id')[0] ?? '')),
  }),
  'webhooks deliveries': serverCommand({
    summary: 'List what was sent to a webhook, the newest first',
    usage: '<id>',
    options: limitOption,
    run: ({ client, given, list }) => {
      const [id = ''] = requireWords(given, 'id');
      return list(deliveryColumns, first(client.listWebhookDeliveries(id), numberOf(given, 'limit')));
    },
  }),
  'webhooks redeliver': serverCommand({
    summary: 'Send a delivery again',
    usage: '<id> <delivery>',
    run: async ({ client, given, show }) => {
      const [id = '', delivery = ''] = requireWords(given, 'id', 'delivery');
      return show(deliveryColumns, await client.redeliverWebhook(id, delivery));
    },
  }),
};

function readScope(text: string): (typeof scopes)[number] {
  const scope = scopes.find((known) => known === text);
  if (scope !== undefined) return scope;
  throw new UsageError(`--scopes: ${text} is not one of ${scopes.join(', ')}`);
}
