import type { OpenAccountBody } from '@credit-ledger/contract/accounts.ts';
import type { TransferBody } from '@credit-ledger/contract/transfers.ts';
import { findAccount } from './account-refs.ts';
import type { Command } from './commands.ts';
import { externalAccountId } from './external-account.ts';
import { keyDigest } from './key-digest.ts';
import type { View } from './view.ts';

/**
 * Records that commands are decided on and that are not known yet. Names of external ids are
 * `<ledger>:<external id>`.
 */
export class Needs {
  readonly accounts = new Set<string>();
  readonly externalIds = new Set<string>();
  readonly transfers = new Set<string>();
  readonly entries = new Set<string>();
  readonly keys = new Set<string>();
  readonly transferExternalIds = new Set<string>();
  #asked = 0;

  /** How often something was needed that is not known, also when it was needed before. */
  get asked(): number {
    return this.#asked;
  }

  add(records: Set<string>, name: string): void {
    records.add(name);
    this.#asked += 1;
  }
}

/** Records that were looked for and that there are none of. */
export type Absent = ReadonlySet<string>;

/** How the external id of a transfer stands among what is absent, where accounts have theirs too. */
export function absentTransferName(name: string): string {
  return `transfer ${name}`;
}

/**
 * Adds what the command needs and the view does not know. Loading may bring up more needs: ask again after
 * it.
 */
export function addNeeds(
  needs: Needs,
  view: View,
  absent: Absent,
  ledger: string,
  command: Command,
): void {
  const add = new NeedsOf(needs, view, absent, ledger);
  switch (command.kind) {
    case 'post_transfer':
      return add.transferBody(command.body);
    case 'post_transfers':
      for (const { body } of command.items) add.transferBody(body);
      if (command.mode === 'atomic') for (const { body } of command.items) add.claims(body);
      return;
    case 'post_entry':
      for (const line of command.body.lines) add.account(line.account_id);
      return;
    case 'update_account':
      return add.account(command.account);
    case 'deposit':
    case 'withdraw':
      return add.deposit(command.account, command.body.currency ?? undefined);
    case 'settle_hold':
    case 'void_hold':
    case 'reverse_transfer':
    case 'cancel_transfer':
    case 'expire_hold':
    case 'run_transfer':
    case 'give_up_transfer':
      return add.transferWithAccounts(command.transfer);
    case 'redrive_transfer':
      return add.redriven(command.transfer);
    case 'reverse_entry':
      return add.entryWithAccounts(command.entry);
    case 'open_account':
      return add.opening(command.body);
    case 'open_accounts':
      for (const { body } of command.items) add.opening(body);
      return;
    case 'preview':
      if (command.command.kind === 'post_transfer') add.claims(command.command.body);
      if (command.command.kind === 'post_transfers')
        for (const { body } of command.command.items) add.claims(body);
      return addNeeds(needs, view, absent, ledger, command.command);
    case 'create_ledger':
    case 'update_ledger':
    case 'reset_ledger':
    case 'move_clock':
    case 'close_period':
    case 'register_currency':
    case 'announce':
  }
}

class NeedsOf {
  readonly #needs: Needs;
  readonly #view: View;
  readonly #absent: Absent;
  readonly #ledger: string;

  constructor(needs: Needs, view: View, absent: Absent, ledger: string) {
    this.#needs = needs;
    this.#view = view;
    this.#absent = absent;
    this.#ledger = ledger;
  }

  transferBody(body: { readonly from: string; readonly to: string }): void {
    this.account(body.from);
    this.account(body.to);
  }

  /**
   * Ids whose transfers may never be written: the batch call does not check them, so they are looked for
   * before.
   */
  /**
   * What a transfer lays claim to. A preview and an atomic batch that is refused write nothing that the
   * batch call could check, so they have to know beforehand what is taken.
   */
  claims({ id, external_id: externalId, idempotencyKey: key }: TransferBody): void {
    if (
      id !== null &&
      id !== undefined &&
      !this.#absent.has(id) &&
      this.#view.transfer(id) === undefined
    ) {
      this.#needs.add(this.#needs.transfers, id);
    }
    if (externalId !== null && externalId !== undefined) this.transferExternalId(externalId);
    if (key === null || key === undefined) return;
    const digest = keyDigest('key', this.#ledger, key);
    if (!this.#absent.has(digest) && this.#view.key(digest) === undefined)
      this.#needs.add(this.#needs.keys, digest);
  }

  transferExternalId(externalId: string): void {
    const name = `${this.#ledger}:${externalId}`;
    if (this.#absent.has(absentTransferName(name))) return;
    if (this.#view.transferIdByExternalId(this.#ledger, externalId) !== undefined) return;
    this.#needs.add(this.#needs.transferExternalIds, name);
  }

  account(ref: string): void {
    if (!ref.startsWith('ext:')) return this.accountId(ref);
    const name = `${this.#ledger}:${ref.slice(4)}`;
    const id = this.#view.accountIdByExternalId(this.#ledger, ref.slice(4));
    if (id !== undefined) this.accountId(id);
    else if (!this.#absent.has(name)) this.#needs.add(this.#needs.externalIds, name);
  }

  accountId(id: string): void {
    if (!this.#view.hasAccount(id) && !this.#absent.has(id)) this.#needs.add(this.#needs.accounts, id);
  }

  deposit(ref: string, given: string | undefined): void {
    this.account(ref);
    const currency = given ?? findAccount(this.#view, this.#ledger, ref)?.settings.currency;
    if (currency !== undefined) this.accountId(externalAccountId(this.#ledger, currency));
  }

  opening({ currency, opening_balance_minor: amount, external_id: externalId }: OpenAccountBody): void {
    if ((amount ?? 0n) > 0n) this.accountId(externalAccountId(this.#ledger, currency));
    // Refused for less than a taken external id, an opening would never ask the batch call for it.
    const isRefused = this.#view.currencyScale(currency) === undefined;
    if (isRefused && externalId !== null && externalId !== undefined) this.account(`ext:${externalId}`);
  }

  transferWithAccounts(id: string): void {
    const transfer = this.#view.transfer(id);
    if (transfer === undefined) {
      if (!this.#absent.has(id)) this.#needs.add(this.#needs.transfers, id);
      return;
    }
    if (transfer.from !== null) this.accountId(transfer.from);
    if (transfer.to !== null) this.accountId(transfer.to);
  }

  /** A transfer that failed gave its external id up, and another may have it by now. */
  redriven(id: string): void {
    this.transferWithAccounts(id);
    const externalId = this.#view.transfer(id)?.externalId ?? null;
    if (externalId !== null) this.transferExternalId(externalId);
  }

  entryWithAccounts(id: string): void {
    const entry = this.#view.entry(id);
    if (entry !== undefined) for (const line of entry.lines) this.accountId(line.account);
    else if (!this.#absent.has(id)) this.#needs.add(this.#needs.entries, id);
  }
}

/** What the expiry of a hold is decided on. */
export function addHoldNeeds(needs: Needs, view: View, absent: Absent, hold: string): void {
  new NeedsOf(needs, view, absent, '').transferWithAccounts(hold);
}

/** What the beginning of a dated limit is decided on. */
export function addAccountNeeds(needs: Needs, view: View, absent: Absent, account: string): void {
  new NeedsOf(needs, view, absent, '').accountId(account);
}
