import { Readable } from 'node:stream';
import { stringifyJson } from '@credit-ledger/contract/json.ts';
import type { Route } from '@credit-ledger/contract/route.ts';
import { routes, type Operation } from '@credit-ledger/contract/routes.ts';
import { accountHandlers } from '../gateway/accounts.ts';
import type { Answer } from '../gateway/answer.ts';
import type { Caller } from '../gateway/auth.ts';
import { parseParts, type AnyCall } from '../gateway/call.ts';
import { entryHandlers } from '../gateway/entries.ts';
import { MalformedJson, parseJsonBody } from '../gateway/json-body.ts';
import { KeyUsages } from '../gateway/key-usage.ts';
import { answerError } from '../gateway/problem.ts';
import type { Reading } from '../gateway/reading.ts';
import { invalidPart, RequestError } from '../gateway/request-error.ts';
import { transferHandlers } from '../gateway/transfers.ts';
import type { Ledger } from '../ledger/commands.ts';
import type { SqlAnswer, SqlCommand } from './sql-commands.ts';

/** The operations of `ledger_api.submit`, by the operations of HTTP that they are. */
const operations = {
  open_account: 'openAccount',
  update_account: 'updateAccount',
  post_transfer: 'postTransfer',
  post_transfers: 'postTransfers',
  deposit: 'deposit',
  withdraw: 'withdraw',
  settle_hold: 'settleHold',
  void_hold: 'voidHold',
  cancel_transfer: 'cancelTransfer',
  reverse_transfer: 'reverseTransfer',
  post_entry: 'postEntry',
  reverse_entry: 'reverseEntry',
} as const satisfies Record<string, Operation>;

/** A handler of any of them: the body of its call was parsed by the schemas of that very operation. */
type Handle = { handle(call: AnyCall): Promise<Answer> }['handle'];

/** Carries a command out as the request it would be over HTTP: the same JSON, rules, codes and answers. */
export type CarryOut = (command: SqlCommand) => Promise<SqlAnswer>;

/** @returns a function that throws where nothing is known to have happened, as a ledger does */
export function createCarryOut(ledger: Ledger, reading: Reading): CarryOut {
  const handlers = {
    ...accountHandlers(ledger, reading),
    ...transferHandlers(ledger, reading),
    ...entryHandlers(ledger, reading),
  };
  const usage = new KeyUsages().of('sql');
  return async (command) => {
    try {
      const operation = operationOf(command);
      const handle: Handle = handlers[operation];
      return toSqlAnswer(await handle(toCall(operation, command, usage)));
    } catch (error) {
      const isFinal = error instanceof RequestError || error instanceof MalformedJson;
      const answer = isFinal ? answerError(error) : undefined;
      if (answer === undefined) throw error;
      return toSqlAnswer(answer);
    }
  };
}

/** What a row keeps of an answer. */
export function toSqlAnswer({ status, body }: Answer): SqlAnswer {
  if (body instanceof Readable) throw new Error('no command is answered with a stream');
  return { status, body: stringifyJson(body) };
}

function isKnown(operation: string): operation is keyof typeof operations {
  return Object.hasOwn(operations, operation);
}

/** The function refuses other names; a row that was inserted past it may have any. */
function operationOf({ operation }: SqlCommand): (typeof operations)[keyof typeof operations] {
  if (isKnown(operation)) return operations[operation];
  throw invalidPart('operation', `must be one of ${Object.keys(operations).join(', ')}`);
}

function toCall(operation: Operation, command: SqlCommand, usage: Caller['usage']): AnyCall {
  const route: Route = routes[operation];
  const { target, ledger, role } = command;
  if (route.params === undefined && target !== undefined)
    throw invalidPart('target', `must be null: ${command.operation} is about nothing that is there`);
  const body = parseJsonBody(Buffer.from(command.body));
  const params = route.params === undefined ? undefined : { id: target ?? '' };
  return {
    operation,
    ...parseParts(route, params, '', body),
    caller: {
      keyId: `sql:${role}`,
      scopes: new Set(['read', 'write']),
      ledgers: [ledger],
      expiresAt: Number.POSITIVE_INFINITY,
      usage,
      perSecond: 0,
    },
    ledger,
    // A row names a life of a sandbox since it was asked for.
    named: (name) => name,
    headers: { 'idempotency-key': keyOf(command, body) },
    traceparent: undefined,
    correlationId: undefined,
  };
}

/** One that nobody gave is made of the command's id, so that carrying it out again is a replay. */
function keyOf({ id, key }: SqlCommand, body: unknown): string | undefined {
  if (key !== undefined) return key;
  const inBody: unknown =
    typeof body === 'object' && body !== null ? Reflect.get(body, 'idempotencyKey') : undefined;
  return typeof inBody === 'string' ? undefined : `sql:${id}`;
}
