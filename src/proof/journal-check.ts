import type { JsonObject } from '@credit-ledger/contract/json.ts';
import { genesisHash, hashEntry, type HashedEntry } from '../ledger/entry-hash.ts';
import { AccountTable } from './account-table.ts';
import type { Check, Findings } from './findings.ts';
import { GrowingTree } from './merkle.ts';

/** A signed root that the journal has to have at a size. */
export interface ExpectedRoot {
  readonly size: number;
  readonly root: Uint8Array;
  /** Where it is written. */
  readonly source: string;
}

/** A line; what it says of the debits after it only where that is kept. */
type CheckedLine = HashedEntry['lines'][number] & {
  readonly debitsAfter?: bigint;
  /** The account's, where it was looked up before. */
  readonly slot?: number;
};

/** An entry with its own hash. */
export type CheckedEntry = Omit<HashedEntry, 'previousHash' | 'lines'> & {
  readonly hash: string;
  /** Set to that of the entry before it. */
  previousHash: string;
  readonly lines: readonly CheckedLine[];
};

/** How far the journal of a ledger was checked. */
export interface ChainEnd {
  number: number;
  hash: string;
  readonly tree: GrowingTree;
  /** By size, those that are still to come first; after the last one the tree does not grow. */
  readonly expected: ExpectedRoot[];
}

/**
 * Checks entries in the order of their journal, each against all before it: number, hash, balance, what each
 * line says of its account, and the signed roots. Wherever they come from: a database or an export.
 */
export class JournalCheck {
  readonly accounts: AccountTable;
  readonly ends = new Map<string, ChainEnd>();
  readonly #findings: Findings;
  readonly #nets = new Map<string, bigint>();

  constructor(findings: Findings, accounts = new AccountTable()) {
    this.#findings = findings;
    this.accounts = accounts;
  }

  /** Begins a ledger; what is expected of its roots is sorted by size. */
  begin(ledger: string, expected: readonly ExpectedRoot[], end?: Omit<ChainEnd, 'expected'>): void {
    const { number, hash, tree } = end ?? { number: 0, hash: genesisHash, tree: new GrowingTree() };
    const ahead = expected
      .filter(({ size }) => size > number)
      .toSorted((left, right) => left.size - right.size);
    this.ends.set(ledger, { number, hash, tree, expected: ahead });
  }

  /** The hash before it is that of the entry checked before it. */
  check(entry: CheckedEntry): void {
    const end = this.ends.get(entry.ledger);
    if (end === undefined) throw new Error(`the ledger ${entry.ledger} was not begun`);
    const where = { ledger: entry.ledger, entry_number: entry.number, entry_id: entry.id };
    this.#checkNumber(end, entry.number, where);
    entry.previousHash = end.hash;
    const computed = hashEntry(entry);
    if (computed !== entry.hash)
      this.#findings.add('entry_hash', where, `its hash is ${entry.hash}, computed ${computed}`);
    this.#checkBalance(entry.lines, where);
    for (const [index, line] of entry.lines.entries()) this.#checkLine(entry, line, index + 1);
    end.number = entry.number;
    end.hash = entry.hash;
    if (end.expected.length === 0) return;
    end.tree.append(Buffer.from(entry.hash, 'hex'));
    this.#checkRoots(entry.ledger, end);
  }

  /** Roots that are signed for more entries than there are. */
  finish(): void {
    for (const [ledger, { tree, expected }] of this.ends) {
      const [first] = expected;
      if (first === undefined) continue;
      const what = `${first.source} has a head of ${first.size} entries, ${tree.size} are there`;
      this.#findings.add('sealed_root', { ledger, tree_size: first.size }, what, expected.length);
    }
  }

  #checkNumber({ number }: ChainEnd, found: number, where: JsonObject): void {
    if (found === number + 1) return;
    const missing = Math.max(1, found - number - 1);
    const what = `${found} follows ${number}: ${found > number ? 'entries are missing' : 'out of order'}`;
    this.#findings.add('entry_number', where, what, missing);
  }

  #checkBalance(lines: readonly CheckedLine[], where: JsonObject): void {
    if (isPair(lines)) return;
    const nets = this.#nets;
    nets.clear();
    for (const { side, amount, currency } of lines)
      nets.set(currency, (nets.get(currency) ?? 0n) + (side === 'DEBIT' ? amount : -amount));
    for (const [currency, net] of nets)
      if (net !== 0n)
        this.#findings.add('entry_balance', { ...where, currency }, `debits exceed credits by ${net}`);
    if (lines.length < 2)
      this.#findings.add('entry_balance', where, `it has ${lines.length} lines, and needs two`);
  }

  #checkLine(entry: CheckedEntry, line: CheckedLine, number: number): void {
    const { accounts } = this;
    const slot = line.slot ?? accounts.find(line.account);
    if (slot === -1)
      return this.#addLine('line_account', entry, line, number, 'there is no such account');
    const debits = (accounts.debits[slot] ?? 0n) + (line.side === 'DEBIT' ? line.amount : 0n);
    const credits = (accounts.credits[slot] ?? 0n) + (line.side === 'DEBIT' ? 0n : line.amount);
    accounts.debits[slot] = debits;
    accounts.credits[slot] = credits;
    const balance = accounts.isDebit[slot] === 1 ? debits - credits : credits - debits;
    const add = (check: Check, what: string): void => this.#addLine(check, entry, line, number, what);
    if (line.balanceAfter !== balance)
      add('line_balance', `says balance ${line.balanceAfter}, computed ${balance}`);
    else if (line.debitsAfter !== undefined && line.debitsAfter !== debits)
      add('line_balance', `says debits ${line.debitsAfter}, computed ${debits}`);
    const last = accounts.versions[slot] ?? 0;
    if (line.version <= last) add('account_version', `version ${line.version} after ${last}`);
    accounts.versions[slot] = line.version;
    accounts.countVersion(slot, line.version);
  }

  #addLine(
    check: Check,
    { ledger, number: entry_number, id: entry_id }: CheckedEntry,
    { account: account_id }: CheckedLine,
    line: number,
    what: string,
  ): void {
    this.#findings.add(check, { ledger, entry_number, entry_id, line, account_id }, what);
  }

  #checkRoots(ledger: string, { tree, expected }: ChainEnd): void {
    while (expected[0]?.size === tree.size) {
      const head = expected.shift();
      const root = tree.root();
      if (head === undefined || root.equals(head.root)) continue;
      const what = `${head.source} has the root ${hex(head.root)}, computed ${hex(root)}`;
      this.#findings.add('sealed_root', { ledger, tree_size: head.size }, what);
    }
  }
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}

/** Two lines that cancel out, as most entries are. */
function isPair([first, second, ...more]: readonly CheckedLine[]): boolean {
  if (first === undefined || second === undefined || more.length > 0) return false;
  const isSame = first.amount === second.amount && first.currency === second.currency;
  return isSame && first.side !== second.side;
}
