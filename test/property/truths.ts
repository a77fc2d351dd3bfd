import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import type { Draft } from '../../src/ledger/draft.ts';
import type { LedgerEvent } from '../../src/ledger/events.ts';
import { availableOf, balanceOf, type Account, type Entry } from '../../src/ledger/state.ts';
import type { Step } from './decided-run.ts';

/** What must always be true (docs/invariants.md), of all that a run wrote. */
export function assertTruths(state: Draft): void {
  const entries = [...state.entries.values()];
  for (const entry of entries) assertBalanced(entry);
  for (const account of state.accounts.values()) assertSums(state, entries, account);
  assertDense(
    'positions',
    state.events.map((event) => event.position),
  );
  for (const ledger of state.ledgers.values()) {
    const own = entries.filter((entry) => entry.ledger === ledger.name);
    assertDense(
      'entry numbers',
      own.map((entry) => entry.number),
    );
    assertChained(own);
    assert.equal(
      own.at(-1)?.hash ?? '0'.repeat(64),
      ledger.headHash,
      'the ledger ends with its last entry',
    );
    assert.equal(own.length, ledger.entryCount);
  }
  assertStates(state, entries);
}

function assertDense(what: string, numbers: readonly number[]): void {
  assert.deepEqual(
    numbers,
    numbers.map((_, index) => index + 1),
    `${what} are dense`,
  );
}

function assertBalanced(entry: Entry): void {
  assert(!entry.forced || entry.reverses !== null, 'only a reversal is ever forced');
  const nets = new Map<string, bigint>();
  for (const { currency, side, amount } of entry.lines) {
    nets.set(currency, (nets.get(currency) ?? 0n) + (side === 'DEBIT' ? amount : -amount));
  }
  for (const net of nets.values()) assert.equal(net, 0n, 'an entry balances in every currency');
}

/** Balance and gross sums from the lines, held and incoming from the open holds. */
function assertSums(state: Draft, entries: readonly Entry[], account: Account): void {
  const { id, normalSide } = account.settings;
  const lines = entries.flatMap((entry) => entry.lines.filter((line) => line.account === id));
  const sum = (side: 'DEBIT' | 'CREDIT') =>
    lines.reduce((n, line) => (line.side === side ? n + line.amount : n), 0n);
  assert.deepEqual(
    [account.debits, account.credits],
    [sum('DEBIT'), sum('CREDIT')],
    'a balance is the sum of its lines',
  );
  let held = 0n;
  let incoming = 0n;
  for (const transfer of state.transfers.values()) {
    if (transfer.from !== id && transfer.to !== id) continue;
    const isOutflow = (transfer.from === id ? 'DEBIT' : 'CREDIT') !== normalSide;
    if (isOutflow) held += transfer.held;
    else incoming += transfer.held;
  }
  assert.deepEqual(
    [account.held, account.incoming],
    [held, incoming],
    'held is the sum of the open holds',
  );
}

function timeOf(ms: number): string {
  return new Date(ms).toISOString();
}

/** The chain by docs/journal-format.md, written from that page alone. */
function assertChained(entries: readonly Entry[]): void {
  let previous = '0'.repeat(64);
  for (const entry of entries) {
    const lines = entry.lines.map((line) =>
      [line.account, line.side, line.amount, line.currency, line.balanceAfter, line.version].map(String),
    );
    const text = JSON.stringify([
      'credit-ledger/entry/1',
      previous,
      entry.ledger,
      String(entry.number),
      entry.id,
      entry.transferId,
      entry.batchId,
      entry.reverses,
      String(entry.forced),
      entry.description,
      entry.metadata,
      timeOf(entry.postedAt),
      timeOf(entry.effectiveAt),
      lines,
    ]);
    assert.equal(entry.previousHash, previous, 'each entry names the one before');
    assert.equal(
      entry.hash,
      createHash('sha256').update(text).digest('hex'),
      'each hash covers the entry',
    );
    previous = entry.hash;
  }
}

/** Versions are dense, told once by a line or the history; every event carries the state of its version. */
function assertStates(state: Draft, entries: readonly Entry[]): void {
  const told = new Map<string, Map<number, string>>();
  const tell = (id: string, version: number, figures: readonly unknown[]) => {
    const versions = told.get(id) ?? new Map<number, string>();
    assert(!versions.has(version), `version ${version} of ${id} is told once`);
    told.set(id, versions.set(version, figures.join(' ')));
  };
  for (const { account } of state.history)
    tell(account.settings.id, account.version, figuresOf(account));
  for (const line of entries.flatMap((entry) => entry.lines)) {
    const side = state.account(line.account)?.settings.normalSide;
    const credits =
      side === 'CREDIT' ? line.balanceAfter + line.debitsAfter : line.debitsAfter - line.balanceAfter;
    tell(line.account, line.version, [line.debitsAfter, credits, line.heldAfter, line.incomingAfter]);
  }
  for (const [id, versions] of told) {
    assertDense(
      'versions',
      [...versions.keys()].toSorted((a, b) => a - b),
    );
    assert.equal(versions.size, state.account(id)?.version, 'the account has its last version');
  }
  for (const event of state.events) {
    for (const account of accountsOf(event)) {
      const figures = told.get(account.settings.id)?.get(account.version);
      assert.equal(
        figures,
        figuresOf(account).join(' '),
        `${event.type} carries the state of its version`,
      );
    }
  }
}

function figuresOf(account: Account): readonly bigint[] {
  return [account.debits, account.credits, account.held, account.incoming];
}

function accountsOf(event: LedgerEvent): readonly Account[] {
  if ('account' in event) return [event.account];
  return 'accounts' in event ? event.accounts : [];
}

/** Of one command: no outflow went below a limit, a replay or a refusal has no effect. */
export function assertStep({ answer, changes }: Step, before: ReadonlyMap<string, Account>): void {
  const isForced = [...changes.entries.values()].some((entry) => entry.forced);
  for (const [id, account] of changes.accounts) {
    const was = before.get(id);
    const available = availableOf(account);
    const limit = account.settings.creditLimit;
    if (was === undefined || isForced || limit === null || available >= availableOf(was)) continue;
    assert(
      available >= -limit,
      `an outflow of ${balanceOf(was) - balanceOf(account)} left ${available} at ${-limit}`,
    );
  }
  if (answer.kind === 'done' && !answer.replayed) return;
  assert.equal(changes.accounts.size + changes.entries.size, 0, 'a refusal or a replay has no effect');
  const left = answer.kind === 'refused' && answer.transferId !== undefined && !answer.replayed ? 1 : 0;
  assert.equal(changes.events.length, left, 'a refusal leaves at most its FAILED transfer');
  if (answer.replayed) assert.equal(changes.keys.size, 0, 'a replay binds nothing');
}
