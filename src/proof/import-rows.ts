import { stringifyJson } from '@credit-ledger/contract/json.ts';
import { formatTime } from '@credit-ledger/contract/times.ts';
import type { Client } from 'pg';
import type { HistoryRow } from '../ledger/draft.ts';
import { accountRow, historyRow } from '../ledger/rare-rows.ts';
import type { Account, Entry, Line } from '../ledger/state.ts';
import { bytesColumn, plainColumn, textColumn } from '../postgres/array-parameters.ts';

type NewEntry = Omit<Entry, 'previousHash'>;

interface NewEvent {
  readonly position: number;
  readonly epoch: number;
  readonly ledgerId: number;
  readonly type: string;
  readonly aggregate: string;
  readonly key: string;
  readonly payload: Buffer;
  readonly time: number;
}

interface ClosedAccount {
  readonly id: string;
  readonly debits: bigint;
  readonly credits: bigint;
  readonly version: number;
  readonly position: number;
  readonly updatedAt: number;
}

/** Rows of an import that wait to be written together. */
export class ImportRows {
  readonly #db: Client;
  readonly #accounts: { readonly account: Account; readonly ledgerId: number }[] = [];
  readonly #history: HistoryRow[] = [];
  readonly #entries: { readonly entry: NewEntry; readonly ledgerId: number }[] = [];
  readonly #events: NewEvent[] = [];
  readonly #closed: ClosedAccount[] = [];

  constructor(db: Client) {
    this.#db = db;
  }

  get size(): number {
    return this.#events.length + this.#history.length;
  }

  addAccount(account: Account, ledgerId: number): void {
    this.#accounts.push({ account, ledgerId });
  }

  addHistory(row: HistoryRow): void {
    this.#history.push(row);
  }

  addEntry(entry: NewEntry, ledgerId: number): void {
    this.#entries.push({ entry, ledgerId });
  }

  addEvent(event: NewEvent): void {
    this.#events.push(event);
  }

  closeAccount(account: ClosedAccount): void {
    this.#closed.push(account);
  }

  async flush(): Promise<void> {
    await this.#writeAccounts();
    if (this.#entries.length > 0) await this.#writeEntries();
    await this.#writeLines();
    if (this.#events.length > 0) await this.#writeEvents();
    await this.#writeClosed();
  }

  /** Through the same rows as an opening by the writer. */
  async #writeAccounts(): Promise<void> {
    const rows = this.#accounts.splice(0).map(({ account, ledgerId }) => accountRow(account, ledgerId));
    await this.#db.query(
      'insert into ledger.accounts select * from jsonb_populate_recordset(null::ledger.accounts, $1)',
      [stringifyJson(rows)],
    );
    await this.#db.query(
      `insert into ledger.account_history
        select * from jsonb_populate_recordset(null::ledger.account_history, $1)`,
      [stringifyJson(this.#history.splice(0).map(historyRow))],
    );
  }

  async #writeEntries(): Promise<void> {
    const rows = this.#entries;
    await this.#db.query(
      `insert into ledger.entries (ledger_id, entry_number, position, id, transfer_id, batch_id, reverses, forced,
          description, metadata, posted_at, effective_at, hash)
        select * from unnest($1::integer[], $2::bigint[], $3::bigint[], $4::uuid[], $5::uuid[], $6::text[],
          $7::uuid[], $8::boolean[], $9::text[], $10::text[], $11::timestamptz[], $12::timestamptz[], $13::bytea[])`,
      [
        plainColumn(rows, ({ ledgerId }) => ledgerId),
        plainColumn(rows, ({ entry }) => entry.number),
        plainColumn(rows, ({ entry }) => entry.position),
        plainColumn(rows, ({ entry }) => entry.id),
        plainColumn(rows, ({ entry }) => entry.transferId),
        textColumn(rows, ({ entry }) => entry.batchId),
        plainColumn(rows, ({ entry }) => entry.reverses),
        plainColumn(rows, ({ entry }) => entry.forced),
        textColumn(rows, ({ entry }) => entry.description),
        textColumn(rows, ({ entry }) => entry.metadata),
        plainColumn(rows, ({ entry }) => formatTime(entry.postedAt)),
        plainColumn(rows, ({ entry }) => formatTime(entry.effectiveAt)),
        bytesColumn(rows, ({ entry }) => Buffer.from(entry.hash, 'hex')),
      ],
    );
  }

  async #writeLines(): Promise<void> {
    const rows = this.#entries
      .splice(0)
      .flatMap(({ entry }) => entry.lines.map((line, index) => ({ entry, line, number: index + 1 })));
    await this.#db.query(
      `insert into ledger.lines (position, line_number, account_id, entry_number, side, amount_minor,
          balance_after_minor, debits_after_minor, held_after_minor, incoming_after_minor, version, posted_at,
          effective_at)
        select position, line, account, entry, side, amount, balance, debits, 0, 0, version, posted, effective
        from unnest($1::bigint[], $2::smallint[], $3::uuid[], $4::bigint[], $5::text[], $6::bigint[], $7::bigint[],
          $8::bigint[], $9::bigint[], $10::timestamptz[], $11::timestamptz[])
          as u(position, line, account, entry, side, amount, balance, debits, version, posted, effective)`,
      lineColumns(rows),
    );
  }

  async #writeEvents(): Promise<void> {
    const rows = this.#events.splice(0);
    await this.#db.query(
      `insert into ledger.events (position, epoch, batch, type, schema_version, ledger_id, aggregate, key, payload,
          recorded_at)
        select position, epoch, 1, type, 1, ledger, aggregate, key, payload, recorded
        from unnest($1::bigint[], $2::bigint[], $3::text[], $4::integer[], $5::text[], $6::uuid[], $7::bytea[],
          $8::timestamptz[]) as u(position, epoch, type, ledger, aggregate, key, payload, recorded)`,
      [
        plainColumn(rows, (row) => row.position),
        plainColumn(rows, (row) => row.epoch),
        plainColumn(rows, (row) => row.type),
        plainColumn(rows, (row) => row.ledgerId),
        plainColumn(rows, (row) => row.aggregate),
        plainColumn(rows, (row) => row.key),
        bytesColumn(rows, (row) => row.payload),
        plainColumn(rows, (row) => formatTime(row.time)),
      ],
    );
  }

  async #writeClosed(): Promise<void> {
    const rows = this.#closed.splice(0);
    if (rows.length === 0) return;
    await this.#db.query(
      `update ledger.accounts a set debits_minor = u.debits, credits_minor = u.credits, version = u.version,
          position = u.position, updated_at = u.updated
        from unnest($1::uuid[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::timestamptz[])
          as u(id, debits, credits, version, position, updated) where a.id = u.id`,
      [
        plainColumn(rows, (row) => row.id),
        plainColumn(rows, (row) => row.debits),
        plainColumn(rows, (row) => row.credits),
        plainColumn(rows, (row) => row.version),
        plainColumn(rows, (row) => row.position),
        plainColumn(rows, (row) => formatTime(row.updatedAt)),
      ],
    );
  }
}

interface NewLine {
  readonly entry: NewEntry;
  readonly line: Line;
  readonly number: number;
}

function lineColumns(rows: readonly NewLine[]): unknown[] {
  return [
    plainColumn(rows, ({ entry }) => entry.position),
    plainColumn(rows, ({ number }) => number),
    plainColumn(rows, ({ line }) => line.account),
    plainColumn(rows, ({ entry }) => entry.number),
    plainColumn(rows, ({ line }) => line.side),
    plainColumn(rows, ({ line }) => line.amount),
    plainColumn(rows, ({ line }) => line.balanceAfter),
    plainColumn(rows, ({ line }) => line.debitsAfter),
    plainColumn(rows, ({ line }) => line.version),
    plainColumn(rows, ({ entry }) => formatTime(entry.postedAt)),
    plainColumn(rows, ({ entry }) => formatTime(entry.effectiveAt)),
  ];
}
