import type { KeyObject } from 'node:crypto';
import { Findings, type Check } from './findings.ts';
import { journalTreeOf, readSignedHead, type SignedHead } from './checkpoint.ts';
import {
  entryOf,
  ExportUnreadable,
  readRecord,
  type ExportedLedger,
  type ExportRecord,
} from './export-record.ts';
import { JournalCheck } from './journal-check.ts';
import { isSignedBy, readNote } from './signed-note.ts';
import type { VerificationReport } from './verify-database.ts';

const made: readonly Check[] = [
  'entry_hash',
  'entry_number',
  'entry_balance',
  'line_account',
  'line_balance',
  'account_version',
  'account_balance',
  'ledger_end',
  'sealed_root',
];

/**
 * Checks the records of an export one after the other, with nothing else at hand. What an export does not
 * have (events, keys, holds) is not checked.
 */
export class ExportCheck {
  readonly findings = new Findings();
  readonly journal = new JournalCheck(this.findings);
  readonly #publicKey: KeyObject | undefined;
  readonly #heads: SignedHead[] = [];
  readonly #stated: { readonly slot: number; readonly balance: bigint }[] = [];
  #ledger: ExportedLedger | undefined;
  #hasEnded = false;
  #count = { accounts: 0, entries: 0 };

  /** @param publicKey of the heads; without it their signatures are not checked */
  constructor(publicKey?: KeyObject) {
    this.#publicKey = publicKey;
  }

  /** What the first line said. @throws {ExportUnreadable} before it */
  get ledger(): ExportedLedger {
    if (this.#ledger === undefined) throw new ExportUnreadable('it does not begin as an export does');
    return this.#ledger;
  }

  take(record: ExportRecord): void {
    if (this.#hasEnded) throw new ExportUnreadable('something follows the last line');
    switch (record.kind) {
      case 'begin':
        this.#ledger = record.begin.ledger;
        return;
      case 'account':
        return this.#takeAccount(record.account);
      case 'entry':
        return this.#takeEntry(record.entry);
      case 'head':
        return this.#takeHead(record.head);
      case 'end':
        return this.#end(record.end);
      case 'currency':
    }
  }

  /** @throws {ExportUnreadable} where the last line is missing */
  report(): VerificationReport {
    if (!this.#hasEnded) throw new ExportUnreadable('its end is missing: it was cut off');
    const { findings } = this;
    return { position: this.#count.entries, results: findings.results(made), isWhole: findings.isEmpty };
  }

  #takeAccount(account: Extract<ExportRecord, { kind: 'account' }>['account']): void {
    const { id, ledger, currency, normal_side: side, balance_minor: balance } = account;
    this.#begin();
    if (ledger !== this.ledger.name)
      this.findings.add('line_account', { account_id: id }, `the account is of the ledger ${ledger}`);
    const slot = this.journal.accounts.add({ id, ledger: 1, currency, side });
    this.#stated.push({ slot, balance });
    this.#count.accounts += 1;
  }

  #takeEntry(record: Extract<ExportRecord, { kind: 'entry' }>['entry']): void {
    const { entry_number, id } = record;
    this.#begin();
    const end = this.journal.ends.get(this.ledger.name);
    const where = { ledger: record.ledger, entry_number, entry_id: id };
    if (record.ledger !== this.ledger.name)
      throw new ExportUnreadable(`entry ${id} is of the ledger ${record.ledger}`);
    if (end?.hash !== record.previous_hash)
      this.findings.add('entry_hash', where, 'it does not follow the entry before it');
    this.journal.check(entryOf(record));
    this.#count.entries += 1;
  }

  #takeHead(text: string): void {
    const [note, head] = [readNote(text), readSignedHead(text)];
    if (note === undefined || head === undefined || head.tree !== journalTreeOf(this.ledger.name))
      return this.findings.add('sealed_root', {}, 'a head is none of this ledger');
    if (this.#publicKey !== undefined && !isSignedBy(note, this.#publicKey))
      this.findings.add('sealed_root', { tree_size: head.size }, 'a head is not signed by the key');
    this.#heads.push(head);
  }

  /** Heads come before everything that they cover. */
  #begin(): void {
    if (this.journal.ends.has(this.ledger.name)) return;
    const source = 'the export';
    this.journal.begin(
      this.ledger.name,
      this.#heads.map(({ size, root }) => ({ size, root, source })),
    );
  }

  #end({ accounts, entries }: { readonly accounts: number; readonly entries: number }): void {
    this.#hasEnded = true;
    this.#begin();
    this.journal.finish();
    const { name, entry_count: count, head_hash: hash } = this.ledger;
    const end = this.journal.ends.get(name);
    if (end?.number !== count || end.hash !== hash || entries !== this.#count.entries)
      this.findings.add('ledger_end', { ledger: name }, `it says ${count} entries up to ${hash}`);
    if (accounts !== this.#count.accounts)
      this.findings.add('ledger_end', { ledger: name }, `it says ${accounts} accounts`);
    this.#checkBalances();
  }

  #checkBalances(): void {
    const { accounts } = this.journal;
    for (const { slot, balance } of this.#stated) {
      const net = (accounts.credits[slot] ?? 0n) - (accounts.debits[slot] ?? 0n);
      const computed = accounts.isDebit[slot] === 1 ? -net : net;
      if (computed === balance) continue;
      const what = `says balance ${balance}, its lines add up to ${computed}`;
      this.findings.add('account_balance', { account_id: accounts.idOf(slot) }, what);
    }
  }
}

/** Verifies an export by itself. @throws {ExportUnreadable} */
export async function verifyExport(
  lines: AsyncIterable<string>,
  publicKey?: KeyObject,
): Promise<VerificationReport> {
  const check = new ExportCheck(publicKey);
  let number = 0;
  for await (const line of lines) {
    number += 1;
    if (line !== '') check.take(readRecord(line, number));
  }
  return check.report();
}
