import { genesisHash } from '../ledger/entry-hash.ts';
import { hashClose } from '../ledger/periods.ts';
import type { Queryable } from '../ledger/read-answer.ts';
import type { Findings } from './findings.ts';
import type { ExpectedRoot } from './journal-check.ts';
import { GrowingTree } from './merkle.ts';
import { checkPeriodSums } from './period-sums.ts';

/** A close with what the journal has where it says that it ended. */
interface CloseRow {
  readonly number: number;
  readonly ends_at: Date;
  readonly closed_at: Date;
  readonly position: string;
  readonly entry_count: string;
  readonly head_hash: string;
  readonly hash: string;
  /** Of the entry with the number `entry_count`; null where there is none. */
  readonly found_hash: string | null;
  /** An entry after that one was there at the close. */
  readonly has_more: boolean;
}

/** Where a ledger says that it is closed. */
interface LedgerRow {
  readonly id: number;
  readonly name: string;
  readonly closed_until: Date | null;
  readonly period_count: number;
  readonly period_hash: string;
}

const noClose = '0'.repeat(64);

/**
 * The closes of every ledger: their chain, the end of the journal that each of them names, their trial balances, and
 * the signed roots.
 * @param expected roots of the closes of a ledger
 */
export async function checkPeriods(
  db: Queryable,
  expected: (ledger: string) => readonly ExpectedRoot[],
  findings: Findings,
): Promise<void> {
  const { rows } = await db.query<LedgerRow>(
    `select id, name, closed_until, period_count, encode(period_hash, 'hex') as period_hash
      from ledger.ledgers order by id`,
  );
  for (const ledger of rows) {
    const closes = await readCloses(db, ledger.id);
    const check = new PeriodCheck(ledger, expected(ledger.name), findings);
    for (const close of closes) check.take(close);
    check.finish();
    if (closes.length > 0) await checkPeriodSums(db, ledger, findings);
  }
}

async function readCloses(db: Queryable, ledger: number): Promise<CloseRow[]> {
  const { rows } = await db.query<CloseRow>(
    `select c.number, c.ends_at, c.closed_at, c.position, c.entry_count, encode(c.head_hash, 'hex') as head_hash,
        encode(c.hash, 'hex') as hash, encode(e.hash, 'hex') as found_hash,
        exists (select from ledger.entries n where n.ledger_id = c.ledger_id
          and n.entry_number = c.entry_count + 1 and n.position <= c.position) as has_more
      from ledger.period_closes c left join ledger.entries e
        on e.ledger_id = c.ledger_id and e.entry_number = c.entry_count and e.position <= c.position
      where c.ledger_id = $1 order by c.number`,
    [ledger],
  );
  return rows;
}

class PeriodCheck {
  readonly #ledger: LedgerRow;
  readonly #expected: ReadonlyMap<number, readonly ExpectedRoot[]>;
  readonly #findings: Findings;
  readonly #tree = new GrowingTree();
  #endsAt: Date | null = null;
  #hash = noClose;

  constructor(ledger: LedgerRow, expected: readonly ExpectedRoot[], findings: Findings) {
    this.#ledger = ledger;
    this.#expected = Map.groupBy(expected, ({ size }) => size);
    this.#findings = findings;
  }

  take(close: CloseRow): void {
    if (close.number !== this.#tree.size + 1)
      this.#add(close.number, `close ${this.#tree.size + 1} is missing before it`);
    if (hashOf(close, this.#ledger.name, this.#hash) !== close.hash)
      this.#add(close.number, 'the close is not what its hash was made of');
    const end = close.entry_count === '0' ? genesisHash : close.found_hash;
    if (end !== close.head_hash || close.has_more)
      this.#add(close.number, `the journal did not end with entry ${close.entry_count} at the close`);
    this.#endsAt = close.ends_at;
    this.#hash = close.hash;
    this.#tree.append(Buffer.from(close.hash, 'hex'));
    for (const { size, root, source } of this.#expected.get(this.#tree.size) ?? [])
      if (!this.#tree.root().equals(root)) this.#add(size, `${source} has another root`);
  }

  finish(): void {
    const { size } = this.#tree;
    for (const [signed, [head]] of this.#expected)
      if (signed > size)
        this.#add(size + 1, `${head?.source ?? ''} has a head of ${signed} closes, ${size} are there`);
    const { closed_until: until, period_count: count, period_hash: last } = this.#ledger;
    if (count !== size || last !== this.#hash || until?.getTime() !== this.#endsAt?.getTime())
      this.#add(size, `the ledger knows of ${count} closes until ${until?.toISOString() ?? 'never'}`);
  }

  #add(number: number, what: string): void {
    this.#findings.add('period_close', { ledger: this.#ledger.name, period: number }, what);
  }
}

function hashOf(close: CloseRow, ledger: string, previousHash: string): string {
  return hashClose({
    previousHash,
    ledger,
    number: close.number,
    endsAt: close.ends_at.getTime(),
    closedAt: close.closed_at.getTime(),
    position: Number(close.position),
    entryCount: Number(close.entry_count),
    headHash: close.head_hash,
  });
}
