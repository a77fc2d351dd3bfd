import { setImmediate as turn } from 'node:timers/promises';
import { encodeEntryPosted, type StateOf } from '../ledger/event-encoding.ts';
import type { AccountTable } from './account-table.ts';
import type { Findings } from './findings.ts';
import type { BlockEntry, Block, PlacedLine } from './journal-blocks.ts';
import type { JournalCheck } from './journal-check.ts';

/** After so many entries the connection is looked after, so that the next block comes in meanwhile. */
const sliceSize = 100;

/** Checks the records of a block against each other, and each entry against all before it. */
export async function checkBlock(
  block: Block,
  journal: JournalCheck,
  findings: Findings,
  /** Events up to here are archived, and not looked for. */
  archived: number,
): Promise<void> {
  for (const account of block.accounts) journal.accounts.add(account);
  checkPositions(block, findings, archived);
  const payloads = new Map<number, Buffer>();
  for (const { position, payload } of block.events)
    if (payload !== undefined) payloads.set(position, payload);
  const lines = new LinesInOrder(block.lines, journal.accounts, findings);
  for (const [index, entry] of block.entries.entries()) {
    if (index % sliceSize === 0) await turn();
    entry.lines = lines.take(entry);
    journal.check(entry);
    if (entry.position <= archived) continue;
    checkEvent(entry, payloads.get(entry.position), journal.accounts, findings);
    payloads.delete(entry.position);
  }
  lines.finish();
  for (const position of payloads.keys())
    findings.add('entry_event', { position }, 'the event tells of an entry that is not there');
}

function checkPositions({ from, to, events }: Block, findings: Findings, archived: number): void {
  let expected = Math.max(from, archived);
  for (const { position } of events) {
    expected += 1;
    if (position <= expected) continue;
    missing(findings, expected, position - 1);
    expected = position;
  }
  if (expected < to) missing(findings, expected + 1, to);
}

function missing(findings: Findings, first: number, last: number): void {
  const what = first === last ? 'there is no such event' : `the events up to ${last} are missing`;
  findings.add('position', { position: first }, what, last - first + 1);
}

/** Hands the lines of a block out to its entries, and tells of those that belong to none. */
class LinesInOrder {
  readonly #lines: readonly PlacedLine[];
  readonly #accounts: AccountTable;
  readonly #findings: Findings;
  #next = 0;

  constructor(lines: readonly PlacedLine[], accounts: AccountTable, findings: Findings) {
    this.#lines = lines;
    this.#accounts = accounts;
    this.#findings = findings;
  }

  take(entry: BlockEntry): PlacedLine[] {
    this.#skipTo(entry.position);
    const taken: PlacedLine[] = [];
    for (; this.#lines[this.#next]?.position === entry.position; this.#next += 1) {
      const line = this.#lines[this.#next];
      if (line === undefined) break;
      this.#checkPlace(entry, line, taken.length + 1);
      line.slot = this.#accounts.find(line.account);
      line.currency = line.slot === -1 ? '' : this.#accounts.currencyOf(line.slot);
      taken.push(line);
    }
    return taken;
  }

  finish(): void {
    this.#skipTo(Number.POSITIVE_INFINITY);
  }

  #skipTo(position: number): void {
    for (;;) {
      const line = this.#lines[this.#next];
      if (line === undefined || line.position >= position) return;
      const where = { position: line.position, account_id: line.account };
      this.#findings.add('entry_lines', where, 'the line belongs to no entry');
      this.#next += 1;
    }
  }

  #checkPlace(entry: BlockEntry, line: PlacedLine, number: number): void {
    const isSame =
      line.entryNumber === entry.number &&
      line.postedAt === entry.postedAt &&
      line.effectiveAt === entry.effectiveAt;
    if (isSame) return;
    const where = { ledger: entry.ledger, entry_number: entry.number, line: number };
    this.#findings.add('entry_lines', where, 'the line has another number or time than its entry');
  }
}

/** The event has to be, byte for byte, what this entry gives. */
function checkEvent(
  entry: BlockEntry,
  payload: Buffer | undefined,
  accounts: AccountTable,
  findings: Findings,
): void {
  if (payload?.equals(encodeEntryPosted(entry, statesAfter(entry.lines, accounts))) === true) return;
  const where = { ledger: entry.ledger, entry_number: entry.number, position: entry.position };
  const what =
    payload === undefined
      ? 'the entry has no event at its position'
      : 'the event says something else than the entry';
  findings.add('entry_event', where, what);
}

/** The state of each account after its last line, in the order of their first ones. */
function statesAfter(lines: readonly PlacedLine[], accounts: AccountTable): StateOf[] {
  const [first, second] = lines;
  const isPair = lines.length === 2 && first?.slot !== second?.slot;
  const last = isPair ? lines : new Map(lines.map((line) => [line.slot, line])).values();
  const states: StateOf[] = [];
  for (const { slot, account: id, currency, heldAfter: held, incomingAfter: incoming, version } of last)
    states.push({
      settings: { id, currency, normalSide: accounts.sideOf(slot) },
      debits: accounts.debits[slot] ?? 0n,
      credits: accounts.credits[slot] ?? 0n,
      held,
      incoming,
      version,
    });
  return states;
}
