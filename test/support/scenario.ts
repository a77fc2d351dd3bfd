import assert from 'node:assert/strict';
import { test } from 'node:test';
import { errorRow } from '@credit-ledger/contract/errors.ts';
import { LateJson, stringifyJson, type Json, type JsonObject } from '@credit-ledger/contract/json.ts';
import { beginDatedLimit } from '../../src/ledger/accounts.ts';
import type { Command, LedgerAnswer, LedgerRequest } from '../../src/ledger/commands.ts';
import { decide } from '../../src/ledger/decide.ts';
import { Draft } from '../../src/ledger/draft.ts';
import { externalAccountId } from '../../src/ledger/external-account.ts';
import { expireHold } from '../../src/ledger/holds.ts';
import { availableOf, balanceOf, type Account } from '../../src/ledger/state.ts';
import {
  chosenId,
  commandOf,
  fingerprintOf,
  parseRow,
  type Names,
  type Row,
} from './scenario-commands.ts';
import { emptyView } from './empty-view.ts';

const start = Date.UTC(2026, 0, 1);
const trace = { traceparent: undefined, correlationId: undefined };

/** What a row is judged by: the answer and what it wrote. */
interface Step {
  readonly answer: LedgerAnswer;
  readonly changes: Draft;
}

/**
 * Runs a table. Each row is `command -> outcome`: a status or a refusal's code (after `replay` where
 * the answer was given before), then figures as `name=value`: of the answer (`amount=5`), of an account or a
 * named transfer
 * (`A.balance=5`, `T.status=HELD`), of what was written (`events=EntryPosted,TransferCompleted`).
 * Options of any command: `key=`, `as=` (names the transfer or entry it makes), a first word `@ledger`.
 * Besides, `tick 5` and `wait 5` let seconds pass (what is due happens only in the first) and `again` sends
 * the row before once more. Every row is also held against the rules that all commands share.
 */
export class Scenario implements Names {
  readonly #state: Draft;
  readonly #made = new Map<string, string>();
  #minted = 0;
  #last: { request: LedgerRequest; text: string } | undefined;
  time = start;

  constructor() {
    this.#state = new Draft(emptyView(start), this.#inputs());
  }

  /** What a row before made, the account outside (`external:USD`, `other/external:USD`), or a chosen id. */
  idOf(name: string): string {
    const [, ledger = 'main', currency] = /^(?:(\w+)\/)?external:(\w+)$/.exec(name) ?? [];
    if (currency !== undefined) return externalAccountId(ledger, currency);
    return this.#made.get(name) ?? chosenId(name);
  }

  run(text: string): void {
    const [command = '', outcome = ''] = text.split('->').map((part) => part.trim());
    const step = this.#step(command);
    this.#judge(outcome, step, parseRow(command));
  }

  #inputs() {
    return {
      time: this.time,
      mintId: () => {
        this.#minted += 1;
        return `0199${String(this.#minted).padStart(4, '0')}-0000-7000-8000-000000000000`;
      },
    };
  }

  #step(text: string): Step {
    const { words } = parseRow(text);
    if (words[0] === 'tick' || words[0] === 'wait')
      return this.#pass(Number(words[1]), words[0] === 'tick');
    const request = words[0] === 'again' ? this.#again(text) : this.#request(text);
    this.#assertPreviewed(request);
    const { answer, changes } = decide(this.#state, request, this.#inputs());
    assertAnswered(answer, changes);
    const said = stringifyAnswer(answer);
    if (words[0] === 'again' && answer.replayed)
      assert.equal(said, this.#last?.text, 'a replay is byte-identical');
    changes.mergeInto(this.#state);
    this.#last = { request, text: said };
    return { answer, changes };
  }

  #request(text: string): LedgerRequest {
    const [first = '', ...rest] = text.split(' ');
    const ledger = first.startsWith('@') ? first.slice(1) : 'main';
    const command = commandOf(first.startsWith('@') ? rest.join(' ') : text, this);
    const [head = ''] = text.split(';');
    const { options } = parseRow(head);
    const fingerprint = fingerprintOf(command);
    return { ledger, command, key: options.get('key'), fingerprint, ...trace };
  }

  #again(text: string): LedgerRequest {
    assert(this.#last !== undefined, 'again needs a row before it');
    const key = parseRow(text).options.get('key');
    const { request } = this.#last;
    return key === undefined ? request : { ...request, key: key === 'none' ? undefined : key };
  }

  /** Lets time pass, and does what falls due as the writer does it. */
  #pass(seconds: number, withDue: boolean): Step {
    this.time += seconds * 1000;
    this.#state.inputs = this.#inputs();
    const changes = new Draft(this.#state, this.#inputs());
    const ledgerOf = (name: string) => this.#state.ledger(name) ?? assert.fail(name);
    for (const hold of withDue ? this.#state.transfers.values() : []) {
      if (hold.status !== 'HELD' || hold.expiresAt === null || hold.expiresAt > this.time) continue;
      expireHold({ draft: changes, ledger: ledgerOf(hold.ledger), fingerprint: '', trace }, hold);
    }
    for (const { settings } of withDue ? this.#state.accounts.values() : []) {
      for (const _ of settings.schedule) {
        const account = changes.account(settings.id) ?? assert.fail();
        beginDatedLimit(
          { draft: changes, ledger: ledgerOf(settings.ledger), fingerprint: '', trace },
          account,
        );
      }
    }
    changes.mergeInto(this.#state);
    return { answer: { kind: 'done', status: 200, body: null, replayed: false }, changes };
  }

  /** A preview says what the command will do, and does nothing. */
  #assertPreviewed(request: LedgerRequest): void {
    const { command } = request;
    if (this.#state.ledger(request.ledger) === undefined) return;
    if (
      command.kind !== 'post_transfer' &&
      command.kind !== 'post_transfers' &&
      command.kind !== 'post_entry'
    )
      return;
    // A preview tells what a transfer does when it is run, not that it is accepted.
    if (command.kind === 'post_transfer' && command.respondAsync === true) return;
    const minted = this.#minted;
    const asked: Command = { kind: 'preview', command };
    const seen = decide(this.#state, { ...request, key: undefined, command: asked }, this.#inputs());
    this.#minted = minted;
    const done = decide(
      this.#state,
      { ...request, key: undefined, command: withoutKeys(command) },
      this.#inputs(),
    );
    this.#minted = minted;
    assertNothing(seen.changes, 'a preview');
    const expected =
      done.answer.kind === 'refused' ? done.answer.refusal.code : codesOf(done.answer.body);
    const error = field(bodyOf(seen.answer), 'error');
    const results = codesOf(bodyOf(seen.answer));
    assert.equal(
      error === null ? results : field(error, 'code'),
      expected,
      'a preview tells the outcome',
    );
    if (error !== null || done.answer.replayed) return;
    for (const shown of listOf(field(bodyOf(seen.answer), 'accounts'))) {
      const id = field(shown, 'id');
      const account = typeof id === 'string' ? done.changes.account(id) : undefined;
      assert(account !== undefined, 'a previewed account is one that changes');
      assert.equal(
        field(shown, 'available_minor'),
        availableOf(account),
        'a preview tells the balances',
      );
    }
  }

  #judge(outcome: string, { answer, changes }: Step, command: Row): void {
    const { words, options } = parseRow(outcome);
    const said = answer.kind === 'refused' ? answer.refusal.code : String(answer.status);
    const was = [...(answer.replayed ? ['replay'] : []), said].join(' ');
    const detail = answer.kind === 'refused' ? answer.refusal.detail : '';
    assert.equal(was, words.join(' '), detail);
    const usual = answer.kind === 'refused' ? errorRow(answer.refusal.code).status : 0;
    if (answer.kind === 'refused')
      assert.equal(String(answer.refusal.status), options.get('status') ?? String(usual));
    this.#name(command.options.get('as'), answer);
    for (const [name, value] of options) {
      const actual = this.#figure(name, answer, changes);
      assert(isSame(actual, value, this), `${name} is ${stringifyJson(actual ?? null)}, not ${value}`);
    }
  }

  #name(name: string | undefined, answer: LedgerAnswer): void {
    if (name === undefined) return;
    const id = answer.kind === 'refused' ? answer.transferId : field(answer.body, 'id');
    assert(typeof id === 'string', 'only what has an id can be named');
    this.#made.set(name, id);
  }

  #figure(name: string, answer: LedgerAnswer, changes: Draft): Json | undefined {
    if (name === 'events') return changes.events.map((event) => event.type).join(',') || 'none';
    if (name === 'results' || name === 'status')
      return name === 'results' ? codesOf(bodyOf(answer)) : statusOf(answer);
    if (name === 'transfer')
      return answer.kind === 'refused' && answer.transferId === undefined ? 'none' : 'some';
    const [subject = '', figure = ''] = name.split('.');
    if (figure !== '') return this.#stateFigure(subject, figure);
    const facts = answer.kind === 'refused' ? answer.refusal.facts : bodyOf(answer);
    return [name, `${name}_minor`, `${name}_id`]
      .map((name) => field(facts, name))
      .find((found) => found !== undefined);
  }

  #stateFigure(subject: string, figure: string): Json | undefined {
    const id = this.idOf(subject);
    const account = this.#state.account(id);
    if (account !== undefined) return accountFigure(account, figure);
    const transfer = this.#state.transfer(id);
    return figure === 'exists'
      ? transfer !== undefined
      : field({ ...transfer, failure: transfer?.failure?.code }, figure);
  }
}

function accountFigure(account: Account, figure: string): Json | undefined {
  const { status, revision, creditLimit, name, type, normalSide } = account.settings;
  const { held, incoming, version } = account;
  const figures: JsonObject = {
    balance: balanceOf(account),
    available: availableOf(account),
    held,
    incoming,
    version,
    status,
    revision,
    limit: creditLimit,
    name,
    type,
    side: normalSide,
    exists: true,
  };
  return figures[figure];
}

function isSame(actual: Json | undefined, expected: string, names: Names): boolean {
  if (actual === undefined) return expected === 'undefined';
  const wanted = expected === 'max' ? String(2n ** 63n - 1n) : expected;
  return stringifyJson(actual).replaceAll('"', '') === wanted || actual === names.idOf(expected);
}

function withoutKeys(command: Command): Command {
  if (command.kind !== 'post_transfers') return command;
  const items = command.items.map((item) => ({
    ...item,
    body: { ...item.body, idempotencyKey: undefined },
  }));
  return { ...command, items };
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null;
}

function isList(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value);
}

function field(value: Json | undefined, name: string): Json | undefined {
  if (value instanceof LateJson) return field(value.make(), name);
  return isObject(value) ? value[name] : undefined;
}

function listOf(value: Json | undefined): readonly Json[] {
  return isList(value) ? value : [];
}

function bodyOf(answer: LedgerAnswer): Json {
  return answer.kind === 'done' ? answer.body : null;
}

/** The outcomes of a batch: the status of each item, or the code of its error. */
function codesOf(body: Json): string {
  const codes = listOf(field(body, 'results')).map(
    (row) => field(field(row, 'error'), 'code') ?? field(row, 'status'),
  );
  return codes.map(String).join(',');
}

function statusOf(answer: LedgerAnswer): Json | undefined {
  return answer.kind === 'refused' ? answer.refusal.status : field(answer.body, 'status');
}

/** All that the gateway makes an answer's bytes from. */
function stringifyAnswer(answer: LedgerAnswer): string {
  if (answer.kind === 'refused') {
    const { refusal, transferId, position } = answer;
    return stringifyJson({ ...refusal, transferId, position });
  }
  const { status, body, location, revision } = answer;
  return stringifyJson({ status, location, revision, body });
}

function assertNothing(changes: Draft, what: string): void {
  const { events, keys, accounts, transfers, entries, ledgers, currencies } = changes;
  const written =
    events.length + keys.size + accounts.size + transfers.size + entries.size + ledgers.size;
  assert.equal(written + currencies.size, 0, `${what} writes nothing`);
}

/** A replay writes nothing; a refusal nothing but its key and its FAILED transfer. */
function assertAnswered(answer: LedgerAnswer, changes: Draft): void {
  if (answer.replayed) return assertNothing(changes, 'a replay');
  if (answer.kind === 'done') return;
  const { events, accounts, entries, ledgers, currencies, createdTransfers } = changes;
  assert.equal(
    accounts.size + entries.size + ledgers.size + currencies.size,
    0,
    'a refusal has no effect',
  );
  const failed = answer.transferId === undefined ? [] : [answer.transferId];
  assert.deepEqual([...createdTransfers], failed, 'a refusal leaves its FAILED transfer alone');
  assert.deepEqual(
    events.map((event) => event.type),
    failed.map(() => 'TransferFailed'),
  );
  for (const transfer of changes.transfers.values()) {
    assert.deepEqual(transfer.failure, answer.refusal, 'a FAILED transfer keeps its reason');
    assert.equal(transfer.status, 'FAILED');
    assert.equal(transfer.createdPosition, answer.position);
  }
}

/** A test of one table. Rows are lines, `|` continues one, `#` begins a remark. */
export function scenario(name: string, rows: string): void {
  test(name, () => {
    const run = new Scenario();
    for (const line of rows.replaceAll(/\n\s*\| /g, ' ').split('\n')) {
      const text = line.replace(/(^|\s)#.*$/, '').trim();
      if (text === '') continue;
      try {
        run.run(text);
      } catch (error) {
        if (error instanceof Error) error.message = `${text}\n  ${error.message}`;
        throw error;
      }
    }
  });
}
