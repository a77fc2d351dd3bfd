import type { ClientBase } from 'pg';
import { genesisHash } from '../ledger/entry-hash.ts';
import type { LoggedEvent } from '../ledger/event-log.ts';
import { readHead } from '../ledger/read-ledgers.ts';
import { AccountTable } from './account-table.ts';
import { checkAudit } from './audit-check.ts';
import { checkAccounts, checkEnds, checkReferences } from './book-check.ts';
import { checkBlock } from './block-check.ts';
import { journalTreeOf, originOf, periodTreeOf } from './checkpoint.ts';
import { Findings, type CheckResult } from './findings.ts';
import { listAllHeads } from './heads.ts';
import {
  readBlock,
  toBlockEvents,
  type Block,
  type BlockEvent,
  type BlockLedger,
} from './journal-blocks.ts';
import { JournalCheck, type ExpectedRoot } from './journal-check.ts';
import { GrowingTree } from './merkle.ts';
import { countingHeads, readHeadRecords, type SealDirectory } from './seal-directory.ts';
import { checkPeriods } from './period-check.ts';
import { auditTree } from './sealed-tree.ts';
import type { SavedVerification } from './verification-state.ts';

/** Positions in a block: a compromise of memory and round trips. */
const blockSizeUsual = 3_000;
const blocksAhead = 2;
const maxRounds = 5;
const saveEveryMsUsual = 60_000;

export interface VerifyOptions {
  /** A connection of its own. */
  readonly db: ClientBase;
  readonly directory: SealDirectory;
  /** Called after every block. @throws to end the work */
  readonly onProgress?: (position: number, target: number) => Promise<void>;
  /** Called now and then with what is needed to go on. */
  readonly onSave?: (saved: SavedVerification) => Promise<void>;
  readonly resumed?: SavedVerification | undefined;
  /** The log with its archive; without it what was dropped from the log is not compared. */
  readonly readArchived?: ((after: number, limit: number) => Promise<LoggedEvent[]>) | undefined;
  readonly monotonicMs: () => number;
  /** Where they differ from what is usual. */
  readonly blockSize?: number;
  readonly saveEveryMs?: number;
}

/** What a verification found, and up to where it looked. */
export interface VerificationReport {
  readonly position: number;
  readonly results: readonly CheckResult[];
  readonly isWhole: boolean;
}

/**
 * Verifies a whole book: streams the log and the journal in their order, then holds the rows that say how
 * things stand against them, in one snapshot. Writers go on meanwhile.
 */
export async function verifyDatabase(options: VerifyOptions): Promise<VerificationReport> {
  const run = new Verification(options);
  return run.verify();
}

/** A block, with the number of each ledger's last entry after it. */
interface ReadBlock {
  readonly block: Block;
  readonly numbers: readonly number[];
}

const nothingRead: ReadBlock = {
  block: { from: 0, to: 0, events: [], accounts: [], entries: [], lines: [] },
  numbers: [],
};

class Verification {
  readonly #options: VerifyOptions;
  readonly #findings = new Findings();
  #journal: JournalCheck;
  #ledgers: BlockLedger[] = [];
  #position: number;
  /** The log has no events up to here any more. */
  #dropped = 0;
  #savedAt: number;
  readonly #blockSize: number;

  constructor(options: VerifyOptions) {
    const { resumed } = options;
    this.#options = options;
    this.#blockSize = options.blockSize ?? blockSizeUsual;
    this.#position = resumed?.position ?? 0;
    this.#journal = new JournalCheck(this.#findings, resumed?.accounts);
    this.#findings.load(resumed?.results ?? []);
    this.#savedAt = options.monotonicMs();
  }

  async verify(): Promise<VerificationReport> {
    const { db } = this.#options;
    this.#dropped = await readDropped(db);
    await this.#makeRoom();
    // What is written meanwhile is read in further rounds, so that the snapshot of the last one is short.
    for (let round = 0; round < maxRounds; round += 1) {
      const { position } = await readHead(db);
      if (position - this.#position < this.#blockSize) break;
      await this.#readTo(position);
    }
    await db.query('begin isolation level repeatable read read only');
    await this.#readTo((await readHead(db)).position);
    await checkAccounts(db, this.#journal, this.#findings);
    await checkEnds(db, this.#journal, this.#findings);
    await checkReferences(db, this.#findings);
    const expected = await this.#expectedRoots();
    const ofPeriods = (ledger: string) => expected.get(periodTreeOf(ledger)) ?? [];
    await checkPeriods(db, ofPeriods, this.#findings);
    await checkAudit(db, expected.get(auditTree) ?? [], this.#findings);
    await db.query('commit');
    this.#journal.finish();
    return {
      position: this.#position,
      results: this.#findings.results(),
      isWhole: this.#findings.isEmpty,
    };
  }

  async #makeRoom(): Promise<void> {
    if (this.#options.resumed !== undefined) return;
    const { rows } = await this.#options.db.query<{ n: string }>(
      'select count(*) as n from ledger.accounts',
    );
    this.#journal = new JournalCheck(this.#findings, new AccountTable(Number(rows[0]?.n)));
  }

  /** Some blocks are read ahead of the one that is checked. */
  async #readTo(target: number): Promise<void> {
    const { onProgress } = this.#options;
    await this.#beginLedgers();
    // Without the archive, what was dropped is not looked for.
    const archived = this.#options.readArchived === undefined ? this.#dropped : 0;
    const ahead: Promise<ReadBlock>[] = [];
    let from = this.#position;
    let last: Promise<unknown> = Promise.resolve();
    const readOn = (): void => {
      for (; ahead.length < blocksAhead && from < target; from += this.#blockSize) {
        const next = this.#readAfter(last, from, Math.min(from + this.#blockSize, target));
        next.catch(() => undefined);
        ahead.push(next);
        last = next;
      }
    };
    for (readOn(); ahead.length > 0; readOn()) {
      const { block, numbers } = (await ahead.shift()) ?? nothingRead;
      readOn();
      await checkBlock(block, this.#journal, this.#findings, archived);
      this.#position = block.to;
      await onProgress?.(block.to, target);
      await this.#save(numbers);
    }
  }

  async #readAfter(last: Promise<unknown>, from: number, to: number): Promise<ReadBlock> {
    await last;
    const archived = from < this.#dropped ? await this.#readArchived(from, to) : undefined;
    const block = await readBlock(this.#options.db, this.#ledgers, from, to, archived);
    return { block, numbers: this.#ledgers.map(({ lastNumber }) => lastNumber) };
  }

  async #readArchived(from: number, to: number): Promise<BlockEvent[] | undefined> {
    try {
      const events = await this.#options.readArchived?.(from, to - from);
      return events === undefined ? undefined : toBlockEvents(events, this.#ledgers);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      this.#findings.add('position', { position: from + 1 }, `the archive can not be read: ${why}`);
      return [];
    }
  }

  /** Ledgers that were opened since the last time begin at their first entry. */
  async #beginLedgers(): Promise<void> {
    const { db, resumed } = this.#options;
    const { rows } = await db.query<{ id: number; name: string }>(
      'select id, name from ledger.ledgers order by id',
    );
    const expected = await this.#expectedRoots();
    for (const { id, name } of rows) {
      if (this.#journal.ends.has(name)) continue;
      const saved = resumed?.ends.find((end) => end.ledger === name);
      const tree = GrowingTree.from(saved?.number ?? 0, saved?.peaks ?? []);
      const end = { number: saved?.number ?? 0, hash: saved?.hash ?? genesisHash, tree };
      this.#journal.begin(name, expected.get(journalTreeOf(name)) ?? [], end);
      this.#ledgers.push({ id, name, lastNumber: saved?.lastNumber ?? 0 });
    }
  }

  /** The heads of the database and those of SEAL_DIR, by tree. */
  async #expectedRoots(): Promise<Map<string, ExpectedRoot[]>> {
    const { db, directory } = this.#options;
    const { databaseId } = await readHead(db);
    const records = await readHeadRecords(directory);
    const outside = countingHeads(records).map(({ tree, size, root, origin }) => ({
      tree,
      size,
      root,
      source: 'SEAL_DIR',
      origin,
    }));
    for (const { origin, tree, size } of outside)
      if (origin !== originOf(databaseId, tree))
        this.#findings.add('sealed_root', { tree, tree_size: size }, `SEAL_DIR has a head of ${origin}`);
    for (const record of records)
      if (record.kind === 'unreadable')
        this.#findings.add('sealed_root', { line: record.line }, 'SEAL_DIR has a line that is no head');
    const inside = (await listAllHeads(db)).map((head) => ({ ...head, source: 'the database' }));
    return Map.groupBy([...outside, ...inside], ({ tree }) => tree);
  }

  async #save(numbers: readonly number[]): Promise<void> {
    const { onSave, monotonicMs, saveEveryMs = saveEveryMsUsual } = this.#options;
    if (onSave === undefined || monotonicMs() - this.#savedAt < saveEveryMs) return;
    const ends = [...this.#journal.ends].map(([ledger, { number, hash, tree }], index) => ({
      ledger,
      number,
      hash,
      peaks: tree.peaks,
      lastNumber: numbers[index] ?? 0,
    }));
    const results = this.#findings.results();
    await onSave({ position: this.#position, ends, results, accounts: this.#journal.accounts });
    this.#savedAt = monotonicMs();
  }
}

/** The last position whose partition of the log was dropped. */
async function readDropped(db: ClientBase): Promise<number> {
  const { rows } = await db.query<{ first: string | null }>(
    'select min(first_position) as first from ledger.event_partitions',
  );
  return Math.max(0, Number(rows[0]?.first ?? 1) - 1);
}
