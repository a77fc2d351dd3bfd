import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { accountType, side as sideShape, accountStatus } from '@credit-ledger/contract/accounts.ts';
import type { Seal } from '../../src/ledger/events.ts';
import type { LineIn } from '@credit-ledger/contract/entries.ts';
import { JsonText } from '@credit-ledger/contract/json.ts';
import type { ConditionsIn, TransferBody } from '@credit-ledger/contract/transfers.ts';
import type { Command, Item } from '../../src/ledger/commands.ts';
import { uuidShaped } from '../../src/ledger/key-digest.ts';

/** A line of a scenario: words, `name=value` options and flags. */
export interface Row {
  readonly words: readonly string[];
  readonly options: ReadonlyMap<string, string>;
  readonly flags: ReadonlySet<string>;
}

/** What a row refers to that only the scenario knows. */
export interface Names {
  /** The id of the transfer or entry that a row before gave this name. */
  idOf(name: string): string;
  readonly time: number;
}

const flagNames = new Set(['hold', 'keep', 'force', 'breach', 'async']);

export function parseRow(text: string): Row {
  const tokens = text.trim().split(/\s+/);
  const options = tokens.filter((token) => token.includes('='));
  return {
    words: tokens.filter((token) => !token.includes('=') && !flagNames.has(token)),
    options: new Map(
      options.map((token) => [token.slice(0, token.indexOf('=')), token.slice(token.indexOf('=') + 1)]),
    ),
    flags: new Set(tokens.filter((token) => flagNames.has(token))),
  };
}

/** The id that a scenario chooses for a name. */
export function chosenId(name: string): string {
  return uuidShaped(createHash('sha256').update(name).digest('hex'));
}

function accountRef(name: string, names?: Names): string {
  if (name.startsWith('ext:')) return name;
  return name.includes('external:') && names !== undefined ? names.idOf(name) : chosenId(name);
}

function amountOr(text: string | undefined): bigint | null | undefined {
  if (text === undefined) return undefined;
  return text === 'null' ? null : BigInt(text === 'max' ? 2n ** 63n - 1n : text);
}

function givenId(row: Row): string | undefined {
  const id = row.options.get('id');
  return id === undefined ? undefined : chosenId(id);
}

function conditions(row: Row, prefix: string): ConditionsIn | undefined {
  const version = row.options.get(`${prefix}version`);
  const found = {
    available_min_minor: amountOr(row.options.get(`${prefix}min`)),
    available_max_minor: amountOr(row.options.get(`${prefix}max`)),
    version: version === undefined ? undefined : Number(version),
  };
  return Object.values(found).some((value) => value !== undefined) ? found : undefined;
}

function effectiveAt(row: Row, time: number): number | undefined {
  const seconds = row.options.get('effective');
  return seconds === undefined ? undefined : time + Number(seconds) * 1000;
}

function optionFields(row: Row, time: number) {
  const { options } = row;
  const expires = options.get('expires');
  const expiresAt = options.get('expires_at');
  const metadata = options.get('metadata');
  const require = { from: conditions(row, 'from.'), to: conditions(row, 'to.') };
  return {
    id: givenId(row),
    external_id: options.get('external'),
    description: options.get('description'),
    metadata: metadata === undefined ? undefined : new JsonText(metadata),
    effective_at: effectiveAt(row, time),
    hold:
      expires !== undefined
        ? { expires_in_seconds: Number(expires) }
        : expiresAt !== undefined
          ? { expires_at: time + Number(expiresAt) * 1000 }
          : row.flags.has('hold'),
    require: require.from === undefined && require.to === undefined ? undefined : require,
  };
}

function transferBody(row: Row, words: readonly string[], names: Names): TransferBody {
  const [from = '', to = '', amount, currency = 'USD'] = words;
  const execute = row.options.get('execute');
  return {
    execute_at: execute === undefined ? undefined : names.time + Number(execute) * 1000,
    from: accountRef(from, names),
    to: accountRef(to, names),
    amount_minor: amountOr(amount) ?? 1n,
    currency,
    ...optionFields(row, names.time),
  };
}

/** `D:A:100` or `C:ext:b:100`; `@min:5` after it is a condition. */
function lineOf(word: string): LineIn {
  const [line = '', condition] = word.split('@');
  const [side, ...rest] = line.split(':');
  const amount = rest.pop();
  const row = condition === undefined ? undefined : parseRow(condition.replace(':', '='));
  return {
    account_id: accountRef(rest.join(':')),
    side: side === 'D' ? 'DEBIT' : 'CREDIT',
    amount_minor: amountOr(amount) ?? 1n,
    require: row === undefined ? undefined : conditions(row, ''),
  };
}

function openBody(row: Row) {
  const [name = '', currency = 'USD'] = row.words.slice(1);
  const type = row.options.get('type');
  const side = row.options.get('side');
  const metadata = row.options.get('metadata');
  return {
    currency,
    id: row.options.get('id') === 'none' ? undefined : chosenId(name),
    external_id: row.options.get('external'),
    name: row.options.get('name'),
    type: type === undefined ? undefined : accountType.parse(type),
    normal_side: side === undefined ? undefined : sideShape.parse(side),
    credit_limit_minor: amountOr(row.options.get('limit')),
    opening_balance_minor: amountOr(row.options.get('opening')),
    metadata: metadata === undefined ? undefined : new JsonText(metadata),
  };
}

function patchBody(row: Row, time: number) {
  const { options } = row;
  const status = options.get('status');
  const limit = amountOr(options.get('limit'));
  const name = options.get('name');
  const schedule = options.get('schedule');
  const rows = schedule?.split(',').map((text) => {
    const [from, amount] = text.split(':');
    return { from: time + Number(from) * 1000, limit_minor: amountOr(amount) ?? null };
  });
  return {
    ...(name === undefined ? {} : { name: name === 'null' ? null : name }),
    ...(status === undefined ? {} : { status: accountStatus.parse(status) }),
    ...(limit === undefined ? {} : { credit_limit_minor: limit }),
    ...(rows === undefined ? {} : { credit_limit_schedule: schedule === 'null' ? null : rows }),
    ...(row.flags.has('breach') ? { allow_breach: true } : {}),
  };
}

function batchOf(text: string, names: Names): Item<TransferBody>[] {
  return text
    .split(';')
    .slice(1)
    .map((item) => {
      const row = parseRow(item);
      const body = transferBody(row, row.words, names);
      const key = row.options.get('key');
      return {
        body: { ...body, idempotencyKey: key },
        fingerprint: fingerprintOf({ kind: 'post_transfer', body }),
      };
    });
}

/** A fingerprint as the gateway makes it: of what the caller meant, without keys and absent fields. */
export function fingerprintOf(command: Command): string {
  const text = JSON.stringify(command, (field, value: unknown) => {
    if (field === 'idempotencyKey' || value === null) return undefined;
    return typeof value === 'bigint' ? `${value}` : value;
  });
  return uuidShaped(createHash('sha256').update(text).digest('hex'));
}

/** The command of a row, such as `transfer A B 100 hold expires=60`. */
export function commandOf(text: string, names: Names): Command {
  const row = parseRow(text);
  const [verb = '', first = '', second] = row.words;
  switch (verb) {
    case 'open':
      return { kind: 'open_account', body: openBody(row) };
    case 'open-all':
      return { kind: 'open_accounts', items: text.split(';').slice(1).map(openItem) };
    case 'patch': {
      const ifMatch = row.options.get('if');
      const body = patchBody(row, names.time);
      return {
        kind: 'update_account',
        account: accountRef(first, names),
        body,
        ifMatch: ifMatch ? Number(ifMatch) : undefined,
      };
    }
    case 'transfer':
      return {
        kind: 'post_transfer',
        body: transferBody(row, row.words.slice(1), names),
        ...(row.flags.has('async') ? { respondAsync: true } : {}),
      };
    case 'batch':
      return {
        kind: 'post_transfers',
        mode: first === 'atomic' ? 'atomic' : 'independent',
        items: batchOf(text, names),
      };
    case 'deposit':
    case 'withdraw': {
      const body = {
        amount_minor: amountOr(second) ?? 1n,
        currency: row.words[3],
        ...optionFields(row, names.time),
      };
      return { kind: verb, account: accountRef(first, names), body };
    }
    default:
      return laterCommand(verb, row, text, names);
  }
}

function openItem(text: string): Item<ReturnType<typeof openBody>> {
  const body = openBody(parseRow(`open ${text}`));
  return { body, fingerprint: fingerprintOf({ kind: 'open_account', body }) };
}

function sealOf(size: number): Seal {
  const [root, signature] = ['ab'.repeat(32), 'cd'.repeat(64)];
  const id = '0f000000-0000-5000-8000-000000000001';
  const text = { keyId: '00000000', sealedAt: 0, checkpoint: '' };
  return { id, tree: 'journal/main', size, root, signature, ...text };
}

/** Commands about ledgers, and about what earlier rows made. */
function laterCommand(verb: string, row: Row, text: string, names: Names): Command {
  const [, first = '', second] = row.words;
  const amount = () => amountOr(second);
  const force = row.flags.has('force');
  const limit = { default_credit_limit_minor: amountOr(row.options.get('limit')) };
  switch (verb) {
    case 'ledger':
      return { kind: 'create_ledger', body: { name: first, ...limit } };
    case 'patch-ledger':
      return { kind: 'update_ledger', name: first, body: limit };
    case 'currency':
      return { kind: 'register_currency', body: { code: first, scale: Number(second) } };
    case 'settle': {
      const body = { amount_minor: amount(), keep_remaining: row.flags.has('keep') };
      return { kind: 'settle_hold', transfer: names.idOf(first), body };
    }
    case 'void':
      return { kind: 'void_hold', transfer: names.idOf(first) };
    case 'cancel':
      return { kind: 'cancel_transfer', transfer: names.idOf(first) };
    case 'run':
      return { kind: 'run_transfer', transfer: names.idOf(first) };
    case 'give-up': {
      const lastError = row.options.get('error') ?? 'away';
      return { kind: 'give_up_transfer', transfer: names.idOf(first), attempts: 8, lastError };
    }
    case 'seal':
      return { kind: 'announce', news: { type: 'LedgerSealed', seal: sealOf(Number(first)) } };
    case 'drift': {
      const found = { position: 1, drifted: Number(second), differences: [] };
      const drift = { id: names.idOf(first), run: names.idOf('run'), source: first, ...found };
      return { kind: 'announce', news: { type: 'DriftFound', drift } };
    }
    case 'redrive':
      return { kind: 'redrive_transfer', transfer: names.idOf(first) };
    case 'reverse':
      return {
        kind: 'reverse_transfer',
        transfer: names.idOf(first),
        body: { amount_minor: amount(), force },
      };
    case 'reverse-entry':
      return { kind: 'reverse_entry', entry: names.idOf(first), body: { force } };
    case 'entry': {
      const lines = row.words.slice(1).map(lineOf);
      const effective = effectiveAt(row, names.time);
      return {
        kind: 'post_entry',
        body: { lines, batch_id: row.options.get('batch'), effective_at: effective },
      };
    }
    case 'preview': {
      const command = commandOf(text.trim().slice('preview '.length), names);
      assert(
        command.kind === 'post_transfer' ||
          command.kind === 'post_transfers' ||
          command.kind === 'post_entry',
      );
      return { kind: 'preview', command };
    }
    default:
      return assert.fail(`a scenario has no command ${verb}`);
  }
}
