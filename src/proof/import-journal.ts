import { formatTime } from '@credit-ledger/contract/times.ts';
import { stringifyJson } from '@credit-ledger/contract/json.ts';
import type { Client } from 'pg';
import { encodeEntryPosted, encodeEvent } from '../ledger/event-encoding.ts';
import { readHead } from '../ledger/read-ledgers.ts';
import type { Account, Line } from '../ledger/state.ts';
import { ensurePartitions, tryLock } from '../ledger/tenure.ts';
import {
  entryOf,
  readRecord,
  settingsOf,
  type ExportedAccount,
  type ExportedLedger,
  type ExportRecord,
} from './export-record.ts';
import { ImportRows } from './import-rows.ts';
import { ExportCheck } from './verify-export.ts';

/** The export can't be imported here; nothing of it was. */
export class ImportRefused extends Error {
  override readonly name = 'ImportRefused';
}

export interface Imported {
  readonly ledger: string;
  readonly accounts: number;
  readonly entries: number;
  readonly headHash: string;
}

const pageSize = 5000;

/**
 * Imports an export into an empty ledger, whole or not at all: every record is checked as `verifyExport` does
 * while it is written, so that the journal has the same hashes, numbers, ids and times. No process may write
 * meanwhile.
 * @throws {ImportRefused | ExportUnreadable}
 */
export async function importJournal(db: Client, lines: AsyncIterable<string>): Promise<Imported> {
  if (!(await tryLock(db))) throw new ImportRefused('a server writes to this database: stop it first');
  await db.query('begin');
  try {
    const run = new Import(db);
    let number = 0;
    for await (const line of lines) {
      number += 1;
      if (line !== '') await run.take(readRecord(line, number));
    }
    const imported = await run.finish();
    await db.query('commit');
    return imported;
  } catch (error) {
    await db.query('rollback');
    throw error;
  }
}

/** What an account still needs when its lines are known. */
interface Opened {
  readonly slot: number;
  readonly version: number;
  readonly updatedAt: number;
  readonly record: ExportedAccount;
  lastPosition: number;
}

class Import {
  readonly #db: Client;
  readonly #check = new ExportCheck();
  readonly #rows: ImportRows;
  readonly #opened: Opened[] = [];
  readonly #bySlot = new Map<number, Opened>();
  #position = 0;
  #batch = { epoch: 0, time: 0 };
  #ledgerId = 0;

  constructor(db: Client) {
    this.#db = db;
    this.#rows = new ImportRows(db);
  }

  async take(record: ExportRecord): Promise<void> {
    this.#check.take(record);
    if (!this.#check.findings.isEmpty) throw refusalOf(this.#check);
    if (record.kind === 'begin') await this.#begin(record.begin.ledger);
    if (record.kind === 'currency') await this.#register(record.currency);
    if (record.kind === 'account') this.#openAccount(record.account);
    if (record.kind === 'entry') this.#addEntry(record);
    if (this.#rows.size >= pageSize) await this.#flush();
  }

  async finish(): Promise<Imported> {
    const report = this.#check.report();
    if (!report.isWhole) throw refusalOf(this.#check);
    this.#closeAccounts();
    await this.#flush();
    const { name, entry_count: entries, head_hash: headHash } = this.#check.ledger;
    await this.#db.query('update ledger.ledgers set entry_count = $2, head_hash = $3 where id = $1', [
      this.#ledgerId,
      entries,
      Buffer.from(headHash, 'hex'),
    ]);
    await this.#db.query(
      'update ledger.head set position = $1, batch = 1, time = greatest(time, $2::timestamptz)',
      [this.#position, formatTime(this.#batch.time)],
    );
    return { ledger: name, accounts: this.#opened.length, entries, headHash };
  }

  /** Whoever wrote before and does not know of this can't commit any more. */
  async #begin(ledger: ExportedLedger): Promise<void> {
    await this.#db.query('update ledger.head set epoch = epoch + 1, batch = 0');
    const head = await readHead(this.#db);
    this.#position = head.position;
    this.#batch = { epoch: head.epoch, time: head.time };
    this.#ledgerId = await this.#findEmptyLedger(ledger);
  }

  async #findEmptyLedger({ name, created_at, default_credit_limit_minor: limit }: ExportedLedger) {
    const { rows } = await this.#db.query<{ id: number; is_empty: boolean }>(
      `select id, entry_count = 0 and not exists (select from ledger.accounts a where a.ledger_id = g.id)
          as is_empty
        from ledger.ledgers g where name = $1`,
      [name],
    );
    const [found] = rows;
    if (found?.is_empty === false) throw new ImportRefused(`the ledger ${name} is not empty`);
    const made = await this.#db.query<{ id: number }>(
      `insert into ledger.ledgers (id, name, default_credit_limit_minor, created_at)
        values (coalesce($1, (select max(id) + 1 from ledger.ledgers)), $2, $3, $4)
        on conflict (name) do update set default_credit_limit_minor = excluded.default_credit_limit_minor,
          created_at = excluded.created_at
        returning id`,
      [found?.id ?? null, name, limit, formatTime(created_at)],
    );
    return made.rows[0]?.id ?? 0;
  }

  async #register({ code, scale }: { readonly code: string; readonly scale: number }): Promise<void> {
    const { rows } = await this.#db.query<{ scale: number }>(
      `insert into ledger.currencies (code, scale, created_at) values ($1, $2, clock_timestamp())
        on conflict (code) do update set scale = ledger.currencies.scale returning scale`,
      [code, scale],
    );
    if (rows[0]?.scale !== scale)
      throw new ImportRefused(`the currency ${code} is registered here with another scale`);
  }

  #openAccount(record: ExportedAccount): void {
    const position = this.#next(record.created_at);
    const settings = settingsOf(record, position);
    const account: Account = {
      settings,
      debits: 0n,
      credits: 0n,
      held: 0n,
      incoming: 0n,
      version: 1,
      updatedAt: settings.createdAt,
      position,
    };
    const slot = this.#check.journal.accounts.find(record.id);
    const { version, updated_at: updatedAt } = record;
    const opened = { slot, version, updatedAt, record, lastPosition: position };
    this.#opened.push(opened);
    this.#bySlot.set(slot, opened);
    this.#check.journal.accounts.countVersion(slot, 1);
    this.#rows.addAccount(account, this.#ledgerId);
    this.#rows.addHistory({ account, time: settings.createdAt });
    const trace = { traceparent: undefined, correlationId: undefined };
    const event = {
      type: 'AccountCreated',
      account,
      trace,
      position,
      time: settings.createdAt,
    } as const;
    this.#addEvent('AccountCreated', 'account', settings.id, encodeEvent(event), event.time);
  }

  #addEntry({ entry: record }: Extract<ExportRecord, { kind: 'entry' }>): void {
    const { accounts } = this.#check.journal;
    const exported = entryOf(record);
    const position = this.#next(exported.postedAt);
    const states = new Map<string, Account>();
    const lines = exported.lines.map((line): Line => {
      const slot = accounts.find(line.account);
      const opened = this.#bySlot.get(slot);
      if (opened === undefined) throw new ImportRefused(`the account ${line.account} was not exported`);
      const before = this.#states.get(slot) ?? { debits: 0n, credits: 0n, version: 1 };
      this.#fillVersions(opened, before, line.version, exported.postedAt, position);
      const debits = before.debits + (line.side === 'DEBIT' ? line.amount : 0n);
      const credits = before.credits + (line.side === 'DEBIT' ? 0n : line.amount);
      this.#states.set(slot, { debits, credits, version: line.version });
      opened.lastPosition = position;
      const settings = settingsOf(opened.record, 0);
      const none = { held: 0n, incoming: 0n, updatedAt: exported.postedAt, position };
      states.set(line.account, { settings, debits, credits, version: line.version, ...none });
      return { ...line, debitsAfter: debits, heldAfter: 0n, incomingAfter: 0n };
    });
    const entry = { ...exported, position, lines };
    this.#rows.addEntry(entry, this.#ledgerId);
    const payload = encodeEntryPosted(entry, [...states.values()]);
    this.#addEvent('EntryPosted', 'entry', entry.transferId ?? entry.id, payload, entry.postedAt);
  }

  readonly #states = new Map<
    number,
    { readonly debits: bigint; readonly credits: bigint; readonly version: number }
  >();

  /** Versions that were no lines (settings, holds) are kept as what they left the sums at. */
  #fillVersions(
    { record }: Opened,
    sums: { readonly debits: bigint; readonly credits: bigint; readonly version: number },
    next: number,
    time: number,
    position: number,
  ): void {
    const settings = settingsOf(record, 0);
    for (let version = sums.version + 1; version < next; version += 1)
      this.#rows.addHistory({
        account: {
          settings,
          debits: sums.debits,
          credits: sums.credits,
          held: 0n,
          incoming: 0n,
          version,
          updatedAt: time,
          position,
        },
        time,
      });
  }

  #closeAccounts(): void {
    for (const opened of this.#opened) {
      const sums = this.#states.get(opened.slot) ?? { debits: 0n, credits: 0n, version: 1 };
      this.#fillVersions(opened, sums, opened.version + 1, opened.updatedAt, opened.lastPosition);
      this.#rows.closeAccount({
        id: opened.record.id,
        ...sums,
        version: opened.version,
        position: opened.lastPosition,
        updatedAt: opened.updatedAt,
      });
    }
  }

  #addEvent(
    type: string,
    aggregate: 'account' | 'entry',
    key: string,
    payload: Buffer,
    time: number,
  ): void {
    const { epoch } = this.#batch;
    const place = { position: this.#position, epoch, ledgerId: this.#ledgerId };
    this.#rows.addEvent({ ...place, type, aggregate, key, payload, time });
  }

  #next(time: number): number {
    this.#position += 1;
    this.#batch.time = Math.max(this.#batch.time, time);
    return this.#position;
  }

  async #flush(): Promise<void> {
    await ensurePartitions(this.#db, this.#position);
    await this.#rows.flush();
  }
}

function refusalOf({ findings }: ExportCheck): ImportRefused {
  const first = findings.results().find((result) => result.first !== null)?.first;
  const where = stringifyJson(first?.where ?? {});
  return new ImportRefused(`the export is not whole: ${where}: ${first?.what ?? ''}`);
}
