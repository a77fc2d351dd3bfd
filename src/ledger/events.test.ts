import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { Scenario } from '../../test/support/scenario.ts';

const accounts = [
  'open A limit=0 opening=100 -> 201',
  'open B limit=0 -> 201',
  'transfer A B 10 id=T -> 201',
  'transfer A B 10 id=H hold -> 201',
  'transfer A B 10 id=X expires=5 -> 201',
  'patch B schedule=5:7 -> 200',
  'entry D:A:1 C:B:1 as=E -> 201',
  'transfer A B 1 async id=I -> 202',
  'transfer A B 999 async id=W -> 202',
  'transfer A B 1 async hold id=J -> 202',
  'transfer A B 1 execute=60 id=S -> 202',
  'transfer A B 1 async id=G -> 202',
  'give-up G -> 200',
];

/** Row of docs/events.md, and commands that are of its kind. */
const rows: readonly (readonly [row: string, ...commands: string[]])[] = [
  ['open an account', 'open C -> 201'],
  [
    'open an account with an opening balance',
    'open C opening=5 -> 201',
    'open C type=ASSET opening=5 -> 201',
  ],
  ['change an account', 'patch A name=x -> 200', 'patch A status=SUSPENDED limit=5 -> 200'],
  ['change nothing of an account', 'patch A -> 200', 'patch A limit=0 -> 200'],
  ['post a transfer', 'transfer A B 5 -> 201'],
  ['deposit, withdraw', 'deposit A 5 -> 201', 'withdraw A 5 -> 201'],
  [
    'a transfer, deposit, withdrawal or reversal that is refused',
    'transfer A B 999 -> insufficient_funds',
    'transfer A B 999 hold -> insufficient_funds',
    'deposit N 5 -> account_not_found status=404',
    'withdraw A 999 -> insufficient_funds',
    'reverse H -> not_reversible',
  ],
  ['accept a transfer to be run as soon as possible', 'transfer A B 5 async -> 202'],
  ['accept a transfer to be run at a time', 'transfer A B 5 execute=1 -> 202'],
  ['cancel a scheduled transfer', 'cancel S -> 201'],
  ['run an accepted transfer', 'run I -> 200'],
  ['run an accepted hold', 'run J -> 200'],
  ['run an accepted transfer that a rule refuses', 'run W -> 200'],
  ['give an accepted transfer up', 'give-up I -> 200', 'give-up S -> 200'],
  ['redrive a transfer that was given up', 'redrive G -> 200'],
  [
    'run, give up, redrive or cancel what can not be, or is already',
    'run T -> 200',
    'run G -> 200',
    'run S -> 200',
    'give-up T -> 200',
    'redrive T -> not_redrivable',
    'redrive I -> 200',
    'cancel I -> not_cancellable',
  ],
  ['place a hold', 'transfer A B 5 hold -> 201', 'deposit A 5 hold -> 201'],
  ['settle a hold, wholly or in part', 'settle H -> 200', 'settle H 5 -> 200', 'settle H 5 keep -> 200'],
  ['void a hold', 'void H -> 200'],
  ['settle or void what can not be', 'settle T -> not_a_hold', 'void none -> transfer_not_found'],
  ['reverse a transfer', 'reverse T -> 201', 'reverse T 5 -> 201', 'reverse T force -> 201'],
  ['post an entry', 'entry D:A:5 C:B:5 -> 201'],
  ['reverse an entry', 'reverse-entry E -> 201'],
  [
    'an entry that is refused',
    'entry D:A:5 C:B:6 -> unbalanced_entry',
    'entry D:A:999 C:B:999 -> insufficient_funds',
  ],
  ['an atomic batch that is refused', 'batch atomic ; A B 1 ; A B 999 -> insufficient_funds'],
  ['preview anything', 'preview transfer A B 5 -> 200', 'preview entry D:A:5 C:B:5 -> 200'],
  [
    'make or change a ledger, register a currency',
    'ledger other -> 201',
    'patch-ledger main limit=3 -> 200',
    'currency PTS 2 -> 201',
  ],
  ['announce a signed head', 'seal 5 -> 201'],
  ['a reconciliation finds a drift', 'drift balances 2 -> 201'],
];

const page = readFileSync(join(import.meta.dirname, '..', '..', 'docs', 'events.md'), 'utf8');
const table = /\| command \| events, in order \|\n\|---\|---\|\n((?:\|.*\n)+)/.exec(page)?.[1] ?? '';
const documented = new Map(
  [...table.matchAll(/^\| (.+?) \| ?(.*?) ?\|$/gm)].map(([, command = '', events = '']) => [
    command,
    events,
  ]),
);

function eventsOf(row: string): string {
  const events = documented.get(row) ?? assert.fail(`docs/events.md has no row "${row}"`);
  return events.replaceAll(', ', ',') || 'none';
}

function runAfterAccounts(...commands: string[]): void {
  const scenario = new Scenario();
  for (const command of [...accounts, ...commands]) scenario.run(command);
}

for (const [row, ...commands] of rows) {
  test(`${row}: the events are those of docs/events.md`, () => {
    for (const command of commands) runAfterAccounts(`${command} events=${eventsOf(row)}`);
  });
}

test('what time does by itself leaves the events of docs/events.md', () => {
  const [limit, expiry] = [eventsOf('a dated limit begins'), eventsOf('a hold expires')];
  runAfterAccounts(`tick 5 -> 200 events=${expiry},${limit}`);
});

test('the account outside is opened before the rest, and a batch leaves the events of its items', () => {
  const deposit = eventsOf('deposit, withdraw');
  const [opened] = eventsOf('the first movement with the world outside in a currency').split(' ');
  const transfer = eventsOf('post a transfer');
  const held = eventsOf('place a hold');
  const failed = eventsOf('a transfer, deposit, withdrawal or reversal that is refused');
  runAfterAccounts(
    'open E EUR -> 201',
    `deposit E 5 -> 201 events=${opened},${deposit}`,
    `batch independent ; A B 1 ; A B 999 ; A B 1 hold -> 200 events=${transfer},${failed},${held}`,
  );
});

test('every row of docs/events.md is decided here', () => {
  const others = [
    'a dated limit begins',
    'a hold expires',
    'the first movement with the world outside in a currency',
    'a batch of transfers',
  ];
  assert.deepEqual(
    [...documented.keys()].toSorted(byText),
    [...others, ...rows.map(([row]) => row)].toSorted(byText),
  );
});

function byText(a: string, b: string): number {
  return a < b ? -1 : 1;
}
