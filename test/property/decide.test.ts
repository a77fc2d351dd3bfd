import assert from 'node:assert/strict';
import { test } from 'node:test';
import { refusals } from '@credit-ledger/contract/errors.ts';
import { LateJson, stringifyJson, type Json, type JsonObject } from '@credit-ledger/contract/json.ts';
import * as fc from 'fast-check';
import type { LedgerAnswer } from '../../src/ledger/commands.ts';
import { encodeEvent } from '../../src/ledger/event-encoding.ts';
import { DecidedRun, type Timed } from './decided-run.ts';
import { drawn, prelude, resolve, type Drawn } from './generated-operations.ts';
import { Model } from './ledger-model.ts';
import type { Op, Result } from './operations.ts';
import { printOf, realId, requestOf } from './operation-requests.ts';
import { assertStep, assertTruths } from './truths.ts';
import { balanceOf } from '../../src/ledger/state.ts';

const seed = Number(process.env.PROPERTY_SEED ?? Date.now() % 2 ** 31);
const start = Date.UTC(2026, 0, 1);
/**
 * What a transfer fails with when it is given up is no answer to a command. The model closes no books and moves no
 * clocks: decide-periods.test.ts, test/e2e/periods.test.ts and test/e2e/sandbox.test.ts do.
 */
const elsewhere = new Set([
  'processing_exhausted',
  'period_closed',
  'ledger_not_sandbox',
  'clock_not_forward',
  'period_not_over',
  'period_already_closed',
]);
const deferredKinds: ReadonlySet<string> = new Set(['cancel', 'run', 'giveUp', 'redrive']);

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null;
}

function isList(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value);
}

function field(value: Json | undefined, name: string): Json | undefined {
  const made = value instanceof LateJson ? value.make() : value;
  return isObject(made) ? made[name] : undefined;
}

function list(value: Json | undefined): readonly Json[] {
  return isList(value) ? value : [];
}

function textOf(value: Json | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

/** The product's answer in the words of the model. */
function resultOf(op: Op, answer: LedgerAnswer): Result {
  const { replayed } = answer;
  if (answer.kind === 'refused') return { code: answer.refusal.code, id: answer.transferId, replayed };
  const { body } = answer;
  if (op.kind === 'preview') {
    const error = field(body, 'error');
    const items = list(field(body, 'results')).map(itemOf);
    const code = textOf(field(error, 'code')) ?? 'ok';
    return {
      code: 'ok',
      replayed,
      items: [op.of.kind === 'batch' && code === 'ok' ? { code, items } : { code }],
    };
  }
  if (deferredKinds.has(op.kind))
    return {
      code: 'ok',
      id: textOf(field(body, 'id')),
      replayed,
      items: [{ code: textOf(field(body, 'status')) ?? '' }],
    };
  const items =
    op.kind === 'batch' || op.kind === 'openAll' ? list(field(body, 'results')).map(itemOf) : undefined;
  return { code: 'ok', id: textOf(field(body, 'id')), replayed, items };
}

function itemOf(row: Json): Result {
  const error = field(row, 'error');
  const id = field(field(row, 'transfer') ?? field(row, 'account'), 'id') ?? field(error, 'transfer_id');
  return { code: textOf(field(error, 'code')) ?? 'ok', id: textOf(id) };
}

/** A model and the product, given the same operations. */
class Comparison {
  readonly model = new Model();
  readonly run = new DecidedRun(start);
  readonly timed: Timed[] = [];
  readonly answers: LedgerAnswer[] = [];
  readonly #tally: Map<string, number>;
  readonly #sent: { ledger: string; op: Op; key: string | undefined }[] = [];
  readonly #transfers: string[] = [];
  readonly #entries: string[] = [];
  #time = start;

  constructor(tally: Map<string, number>) {
    this.#tally = tally;
    for (const [ledger, op] of prelude) this.#compare(ledger, op, undefined);
  }

  send(draw: Drawn): void {
    this.#time += draw.seconds * 1000;
    const holds = this.#transfers.filter((id) => this.model.transfers.get(id)?.isHold === true);
    const deferred = this.#transfers.filter(
      (id) => this.model.transfers.get(id)?.deferred !== undefined,
    );
    const made = { transfers: this.#transfers, holds, deferred, entries: this.#entries };
    const fresh = {
      ledger: draw.ledger,
      op: resolve(draw.op, made),
      key: draw.key === undefined ? undefined : `k${draw.key}`,
    };
    const earlier = draw.again === undefined ? undefined : this.#sent.at(-1 - (draw.again % 12));
    const { ledger, op, key } = earlier ?? fresh;
    this.#sent.push({ ledger, op, key });
    this.#compare(ledger, op, key);
  }

  #compare(ledger: string, op: Op, key: string | undefined): void {
    this.model.pass(this.#time);
    const timed = { request: requestOf(ledger, op, key, this.#time), time: this.#time };
    const before = new Map(this.run.state.accounts);
    const step = this.run.step(timed);
    this.timed.push(timed);
    this.answers.push(step.answer);
    const expected = this.model.apply(ledger, op, key, printOf);
    const actual = resultOf(op, step.answer);
    const what = `${ledger} ${printOf(op)} ${key ?? ''}`;
    assert.equal(codesOf(actual), codesOf(expected), what);
    assert.equal(actual.replayed, expected.replayed ?? false, `replayed: ${what}`);
    this.#note(op, actual, expected);
    this.#count(op, actual);
    assertStep(step, before);
    this.#assertFigures(what);
  }

  /** Gives what was made the product's ids, and to later operations to be about. */
  #note(op: Op, actual: Result, expected: Result): void {
    if (op.kind === 'preview') return;
    for (const [index, item] of [expected, ...(expected.items ?? [])].entries()) {
      const real = index === 0 ? actual.id : actual.items?.[index - 1]?.id;
      if (item.id === undefined || real === undefined) continue;
      if (item.id.startsWith('new ')) this.model.rename(item.id, real);
      if (this.model.transfers.has(real) && !this.#transfers.includes(real)) this.#transfers.push(real);
      if (this.model.entries.has(real) && !this.#entries.includes(real)) this.#entries.push(real);
    }
  }

  #count(op: Op, actual: Result): void {
    const results = [actual, ...(actual.items ?? [])];
    for (const name of [
      op.kind,
      ...results.map((result) => result.code),
      ...(actual.replayed ? ['replayed'] : []),
    ]) {
      this.#tally.set(name, (this.#tally.get(name) ?? 0) + 1);
    }
  }

  #assertFigures(what: string): void {
    for (const id of this.model.accounts.keys()) {
      const account =
        this.run.state.account(realId(id)) ?? assert.fail(`${id} is missing after ${what}`);
      const { status, revision, creditLimit } = account.settings;
      const { held, incoming, version } = account;
      const figures = {
        balance: balanceOf(account),
        held,
        incoming,
        version,
        revision,
        limit: creditLimit,
        status,
      };
      assert.deepEqual(figures, this.model.figures(id), `${id} after ${what}`);
    }
  }
}

function codesOf(result: Result): string {
  return [result.code, ...(result.items ?? []).map(codesOf)].join(' ');
}

/** All that others see of a run. */
function seenOf(run: DecidedRun, answers: readonly LedgerAnswer[]): string {
  const events = run.state.events.map(
    (event) => `${event.position} ${event.time} ${encodeEvent(event).toString('hex')}`,
  );
  const entries = [...run.state.entries.values()].map((entry) => entry.hash);
  const keys = [...run.state.keys.values()].map(
    (key) => `${key.digest} ${key.kind} ${key.subject} ${key.answer}`,
  );
  return [...answers.map(stringifyAnswer), ...events, ...entries, ...keys].join('\n');
}

function stringifyAnswer(answer: LedgerAnswer): string {
  if (answer.kind === 'done') return stringifyJson({ ...answer });
  return stringifyJson({ ...answer, refusal: { ...answer.refusal } });
}

const operations = fc.array(drawn, { maxLength: 70, size: 'max' });

test('the ledger does what an independent model does, and what must always be true is true', (t) => {
  const tally = new Map<string, number>();
  const property = fc.property(operations, (draws) => {
    const comparison = new Comparison(tally);
    for (const draw of draws) comparison.send(draw);
    assertTruths(comparison.run.state);
  });
  fc.assert(property, { seed, numRuns: 1500 });
  const rows = [...tally].toSorted((a, b) => b[1] - a[1]).map(([name, count]) => `${name} ${count}`);
  t.diagnostic(`PROPERTY_SEED=${seed}: ${rows.join(', ')}`);
  const missed = Object.keys(refusals).filter((code) => !elsewhere.has(code) && !tally.has(code));
  assert.deepEqual(missed, [], 'every code that can be reached was reached');
});

test('the same commands give the same answers, journal and events in any batching', (t) => {
  t.diagnostic(`PROPERTY_SEED=${seed}`);
  const sizes = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 20 });
  const property = fc.property(operations, sizes, (draws, cuts) => {
    const comparison = new Comparison(new Map());
    for (const draw of draws) comparison.send(draw);
    const seen = seenOf(comparison.run, comparison.answers);
    const whole = new DecidedRun(start);
    assert.equal(seenOf(whole, whole.batch(comparison.timed, false)), seen, 'all on one draft');
    const split = new DecidedRun(start);
    const answers: LedgerAnswer[] = [];
    for (let turn = 0; answers.length < comparison.timed.length; turn += 1) {
      const size = cuts[turn % cuts.length] ?? 1;
      answers.push(...split.batch(comparison.timed.slice(answers.length, answers.length + size)));
    }
    assert.equal(seenOf(split, answers), seen, 'a draft for each batch');
  });
  fc.assert(property, { seed, numRuns: 400 });
});
