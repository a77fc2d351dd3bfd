/*
 * What the ledger does, said once more and as simply as possible, to hold the product against: it imports
 * nothing of it, keeps lines and open holds only, and adds them up whenever a figure is asked for.
 */
import { Books, daySeconds, type Account, type Transfer } from './books.ts';
import type {
  BatchOp,
  DeferredOp,
  ExternalOp,
  LineOp,
  Op,
  OpenOp,
  PatchOp,
  Require,
  Result,
  Side,
  TransferOp,
} from './operations.ts';

const ok = (id: string): Result => ({ code: 'ok', id });

export class Model extends Books {
  copy(): Model {
    return Object.assign(new Model(), structuredClone(Object.fromEntries(Object.entries(this))));
  }

  apply(ledger: string, op: Op, key: string | undefined, print: (op: Op) => string): Result {
    if (!this.ledgers.has(ledger)) return { code: 'ledger_not_found' };
    return this.#bound(ledger, op, key, print, () => this.#run(ledger, op, key, print));
  }

  #bound(
    ledger: string,
    op: Op,
    key: string | undefined,
    print: (op: Op) => string,
    run: () => Result,
  ): Result {
    const names = [key === undefined ? undefined : `key ${ledger} ${key}`];
    if (op.kind === 'open') names.push(`account ${ledger} ${op.id}`);
    for (const [index, name] of names.entries()) {
      const bound = name === undefined ? undefined : this.keys.get(name);
      if (bound === undefined) continue;
      if (bound.print === print(op)) return { ...bound.result, replayed: true };
      const result = { code: index === 0 ? 'idempotency_key_reused' : 'account_id_taken' };
      const [own] = names;
      if (index === 1 && own !== undefined) this.keys.set(own, { print: print(op), result });
      return result;
    }
    const result = run();
    if (result.replayed === true) return result;
    for (const [index, name] of names.entries()) {
      const binds = index === 0 || result.code === 'ok' || result.code === 'account_id_taken';
      if (name !== undefined && binds) this.keys.set(name, { print: print(op), result });
    }
    return result;
  }

  #run(ledger: string, op: Op, key: string | undefined, print: (op: Op) => string): Result {
    switch (op.kind) {
      case 'open':
        return this.#open(ledger, op);
      case 'openAll':
        return { code: 'ok', items: op.items.map((item) => this.apply(ledger, item, undefined, print)) };
      case 'patch':
        return this.#patch(ledger, op);
      case 'transfer':
        return this.#transfer(ledger, op, print(op));
      case 'async':
        return this.#transfer(ledger, op.of, print(op), true);
      case 'cancel':
      case 'run':
      case 'giveUp':
      case 'redrive':
        return this.#later(ledger, op);
      case 'deposit':
      case 'withdraw':
        return this.#external(ledger, op);
      case 'settle':
      case 'void':
        return this.#end(ledger, op);
      case 'reverse':
        return this.#reverse(ledger, op);
      case 'entry':
        return this.#entry(ledger, op.lines, op.effective ?? 0);
      case 'reverseEntry':
        return this.#reverseEntry(ledger, op);
      case 'batch':
        return this.#batch(ledger, op, key, print);
      case 'preview':
        return this.#preview(ledger, op.of, print);
      case 'ledger':
        if (this.ledgers.has(op.name)) return { code: 'ledger_name_taken' };
        this.ledgers.set(op.name, op.limit);
        return { code: 'ok' };
      case 'patchLedger':
        if (!this.ledgers.has(op.name)) return { code: 'ledger_not_found' };
        this.ledgers.set(op.name, op.limit);
        return { code: 'ok' };
      case 'currency':
        if ((this.scales.get(op.code) ?? op.scale) !== op.scale) return { code: 'currency_code_taken' };
        this.scales.set(op.code, op.scale);
        return { code: 'ok' };
    }
  }

  #batch(ledger: string, op: BatchOp, key: string | undefined, print: (op: Op) => string): Result {
    const before = this.copy();
    const items = op.items.map((item): Result => {
      if (item.key !== undefined && item.key === key) return { code: 'idempotency_key_reused' };
      return this.apply(ledger, item.op, item.key, print);
    });
    const failed = items.find((item) => item.code !== 'ok');
    if (!op.atomic || failed === undefined) return { code: 'ok', items };
    Object.assign(this, before);
    return { code: failed.code };
  }

  #preview(ledger: string, of: TransferOp | BatchOp | Op, print: (op: Op) => string): Result {
    const op = of.kind === 'batch' ? { ...of, items: of.items.map((item) => ({ op: item.op })) } : of;
    const { code, items } = this.copy().apply(ledger, op, undefined, print);
    return { code: 'ok', items: [items === undefined ? { code } : { code, items }] };
  }

  #newAccount(ledger: string, currency: string, side: Side, limit: bigint | null): Account {
    const fresh = { status: 'ACTIVE' as const, name: null, version: 1, revision: 1, schedule: [] };
    return { ledger, currency, side, limit, ...fresh };
  }

  #open(ledger: string, op: OpenOp): Result {
    if (this.accounts.has(op.id)) return { code: 'account_id_taken' };
    const name = `account ${ledger} ${op.external}`;
    if (op.external !== undefined && this.externals.has(name)) return { code: 'external_id_taken' };
    if (!this.scales.has(op.currency)) return { code: 'currency_unknown' };
    const side = op.type === 'ASSET' ? 'DEBIT' : 'CREDIT';
    const before = this.copy();
    const limit = op.limit ?? this.ledgers.get(ledger) ?? null;
    this.accounts.set(op.id, this.#newAccount(ledger, op.currency, side, limit));
    if (op.opening > 0n) {
      const outside = this.#outside(ledger, op.currency);
      const [from, to] = side === 'CREDIT' ? [outside, op.id] : [op.id, outside];
      const { code } = this.#move(ledger, {
        kind: 'transfer',
        from,
        to,
        amount: op.opening,
        currency: op.currency,
      });
      if (code !== 'ok') {
        Object.assign(this, before);
        return { code };
      }
    }
    if (op.external !== undefined) this.externals.set(name, op.id);
    return ok(op.id);
  }

  #outside(ledger: string, currency: string): string {
    const id = `outside ${ledger} ${currency}`;
    if (!this.accounts.has(id)) this.accounts.set(id, this.#newAccount(ledger, currency, 'DEBIT', null));
    return id;
  }

  #datesOf(rows: PatchOp['schedule']): Account['schedule'] | undefined {
    const dates = rows?.map((row) => ({ at: this.now + row.seconds * 1000, limit: row.limit }));
    return dates?.toSorted((a, b) => a.at - b.at);
  }

  #isEmpty(id: string): boolean {
    const { balance, held, incoming } = this.figures(id);
    return balance === 0n && held === 0n && incoming === 0n;
  }

  /** A limit that is lower than the one there is, and than what is used. */
  #isBreached({ account: id, breach }: PatchOp, limit: bigint | null): boolean {
    const was = this.accounts.get(id)?.limit ?? null;
    return !breach && limit !== null && (was === null || limit < was) && this.available(id) < -limit;
  }

  #patch(ledger: string, op: PatchOp): Result {
    const account = this.own(ledger, op.account);
    if (account === undefined) return { code: 'account_not_found' };
    if (op.ifMatch !== undefined && op.ifMatch !== account.revision) return { code: 'version_mismatch' };
    const { status = account.status, limit = account.limit, name = account.name } = op;
    const next = { status, limit, schedule: this.#datesOf(op.schedule) ?? account.schedule };
    const isSame = rulesOf(next) === rulesOf(account);
    if (account.status === 'CLOSED' && !isSame) return { code: 'account_closed' };
    const isBound = status === 'CLOSED' || limit !== null || next.schedule.length > 0;
    if (op.account.startsWith('outside ') && isBound) return { code: 'external_account_fixed' };
    const closes = status === 'CLOSED' && account.status !== 'CLOSED';
    if (closes && !this.#isEmpty(op.account)) return { code: 'account_not_empty' };
    if (this.#isBreached(op, limit)) return { code: 'limit_below_use' };
    if (isSame && name === account.name) return ok(op.account);
    Object.assign(account, next, { name });
    account.version += 1;
    account.revision += 1;
    return ok(op.account);
  }

  #fresh(): string {
    this.made += 1;
    return `new ${this.made}`;
  }

  #record(
    ledger: string,
    op: TransferOp,
    id: string,
    print: string | null,
    failed: string | null,
  ): Transfer {
    const transfer: Transfer = {
      ledger,
      from: op.from,
      to: op.to,
      amount: op.amount,
      currency: op.currency,
      failed,
      isHold: false,
      left: 0n,
      settled: 0n,
      reversed: 0n,
      ended: null,
      expiresAt: null,
      isReversal: false,
      print,
    };
    this.transfers.set(id, transfer);
    if (op.external !== undefined && failed === null)
      this.externals.set(`transfer ${ledger} ${op.external}`, id);
    return transfer;
  }

  #transfer(ledger: string, op: TransferOp, print: string, isAsync = false): Result {
    const known = op.id === undefined ? undefined : this.transfers.get(op.id);
    if (op.id !== undefined && known !== undefined) {
      if (known.print !== print || known.ledger !== ledger) return { code: 'transfer_id_taken' };
      const code = known.deferred === undefined ? (known.failed ?? 'ok') : 'ok';
      return { code, id: op.id, replayed: true };
    }
    const kept = op.id === undefined ? null : print;
    return isAsync || op.execute !== undefined
      ? this.#accept(ledger, op, kept)
      : this.#move(ledger, op, kept);
  }

  #accept(ledger: string, op: TransferOp, print: string | null): Result {
    const id = op.id ?? this.#fresh();
    const isKnown = [op.from, op.to].every((name) => this.own(ledger, name) !== undefined);
    const code = this.judgeRequest(ledger, op) ?? (isKnown ? undefined : 'account_not_found');
    const transfer = this.#record(ledger, op, id, print, code ?? null);
    if (code !== undefined) return { code, id };
    const executeAt = op.execute === undefined ? null : this.now + op.execute * 1000;
    const status = executeAt === null ? 'INITIATED' : 'SCHEDULED';
    transfer.deferred = { op, executeAt, status };
    return ok(id);
  }

  #later(ledger: string, { kind, transfer: id }: DeferredOp): Result {
    const transfer = this.transfers.get(id);
    if (transfer?.ledger !== ledger) return { code: 'transfer_not_found' };
    const { deferred } = transfer;
    const status = deferred?.status ?? '';
    const external = `transfer ${ledger} ${deferred?.op.external}`;
    const isOpen = status === 'INITIATED' || status === 'SCHEDULED';
    if (kind === 'cancel' && status !== 'SCHEDULED') return { code: 'not_cancellable' };
    if (kind === 'redrive' && status !== 'INITIATED') {
      if (status !== 'given up') return { code: 'not_redrivable' };
      if (this.externals.has(external)) return { code: 'external_id_taken' };
    }
    if (deferred !== undefined && kind === 'cancel') deferred.status = 'CANCELLED';
    if (deferred !== undefined && kind === 'redrive') {
      Object.assign(deferred, { status: 'INITIATED' });
      transfer.failed = null;
      if (deferred.op.external !== undefined) this.externals.set(external, id);
    }
    if (deferred !== undefined && kind === 'giveUp' && isOpen) {
      Object.assign(deferred, { status: 'given up' });
      this.#failLater(transfer, external, 'processing_exhausted');
    }
    const isDue = status === 'INITIATED' || (deferred?.executeAt ?? Infinity) <= this.now;
    if (deferred !== undefined && kind === 'run' && isOpen && isDue)
      this.#runLater(ledger, id, transfer, deferred, external);
    return { code: 'ok', id, items: [{ code: statusOf(transfer) }] };
  }

  #failLater(transfer: Transfer, external: string, code: string): void {
    transfer.failed = code;
    if (transfer.deferred?.op.external !== undefined) this.externals.delete(external);
  }

  #runLater(
    ledger: string,
    id: string,
    transfer: Transfer,
    deferred: NonNullable<Transfer['deferred']>,
    external: string,
  ): void {
    const { op } = deferred;
    deferred.status = 'run';
    const from = this.accounts.get(op.from);
    const to = this.accounts.get(op.to);
    if (from === undefined || to === undefined) return;
    const code = this.judgeAccounts(op, from, to, undefined) ?? this.judgeAmount(op, from, to, false);
    if (code === undefined) this.#carryOut(ledger, op, id, transfer);
    else this.#failLater(transfer, external, code);
  }

  #external(ledger: string, op: ExternalOp): Result {
    const account = this.own(ledger, op.account);
    const currency = op.currency ?? account?.currency ?? 'none';
    const before = this.copy();
    const outside = account === undefined ? 'none' : this.#outside(ledger, currency);
    const [from, to] = op.kind === 'deposit' ? [outside, op.account] : [op.account, outside];
    const transfer = { kind: 'transfer' as const, from, to, amount: op.amount, currency };
    const isKnown = op.currency === undefined || this.scales.has(op.currency);
    let result: Result;
    if (isKnown && account === undefined) result = { code: 'account_not_found' };
    else result = this.#move(ledger, transfer, null, false, op.account);
    if (result.code === 'ok') return result;
    Object.assign(this, before);
    const id = this.#fresh();
    this.#record(ledger, transfer, id, null, result.code);
    return { code: result.code, id };
  }

  /** Judges a movement and does it; refused, it stays as a failed transfer. */
  #move(
    ledger: string,
    op: TransferOp,
    print: string | null = null,
    forced = false,
    credited?: string,
  ): Result {
    const id = op.id ?? this.#fresh();
    const code = this.#judgeMove(ledger, op, forced, credited);
    const transfer = this.#record(ledger, op, id, print, code ?? null);
    if (code !== undefined) return { code, id };
    this.#carryOut(ledger, op, id, transfer);
    return ok(id);
  }

  #carryOut(ledger: string, op: TransferOp, id: string, transfer: Transfer): void {
    if (op.hold === undefined) {
      this.post(
        ledger,
        id,
        [
          [op.from, 'DEBIT', op.amount],
          [op.to, 'CREDIT', op.amount],
        ],
        true,
      );
      return;
    }
    const expiresAt = op.hold === null ? null : this.now + op.hold * 1000;
    Object.assign(transfer, { isHold: true, left: op.amount, expiresAt });
    this.touch(transfer);
  }

  #judgeMove(ledger: string, op: TransferOp, forced: boolean, credited?: string): string | undefined {
    const early = this.judgeRequest(ledger, op);
    if (early !== undefined) return early;
    const from = this.own(ledger, op.from);
    const to = this.own(ledger, op.to);
    if (from === undefined || to === undefined) return 'account_not_found';
    return this.judgeAccounts(op, from, to, credited) ?? this.judgeAmount(op, from, to, forced);
  }

  #end(ledger: string, op: Op & { kind: 'settle' | 'void' }): Result {
    const hold = this.transfers.get(op.transfer);
    if (hold?.ledger !== ledger) return { code: 'transfer_not_found' };
    if (!hold.isHold) return { code: 'not_a_hold' };
    if (hold.ended !== null) return { code: hold.ended };
    if (op.kind === 'void') {
      this.release(hold, 'hold_already_voided');
      return ok(op.transfer);
    }
    const amount = op.amount ?? hold.left;
    if (amount > hold.left) return { code: 'exceeds_held_amount' };
    const statuses = [hold.from, hold.to].map((id) => this.accounts.get(id)?.status);
    if (statuses.includes('SUSPENDED')) return { code: 'account_suspended' };
    const left = hold.left;
    hold.left = op.keep ? left - amount : 0n;
    const lines = [
      [hold.from, 'DEBIT', amount],
      [hold.to, 'CREDIT', amount],
    ] as const;
    if (this.judgeLines(lines, true) !== undefined) {
      hold.left = left;
      return { code: 'amount_overflow' };
    }
    hold.settled += amount;
    if (hold.left === 0n) hold.ended = 'hold_already_settled';
    this.post(ledger, op.transfer, lines, true);
    return ok(op.transfer);
  }

  #reverse(ledger: string, op: Op & { kind: 'reverse' }): Result {
    const original = this.transfers.get(op.transfer);
    if (original?.ledger !== ledger) return { code: 'transfer_not_found' };
    const moved = original.isHold ? original.settled : original.amount;
    const left = moved - original.reversed;
    const amount = op.amount ?? (left > 0n ? left : original.amount);
    const { from: to, to: from, currency } = original;
    const transfer = { kind: 'transfer' as const, from, to, amount, currency };
    let code: string | undefined;
    if (original.isReversal || !isDone(original)) code = 'not_reversible';
    else if (left === 0n) code = 'already_reversed';
    else if (amount > left) code = 'exceeds_reversible_amount';
    if (code !== undefined) {
      const id = this.#fresh();
      this.#record(ledger, transfer, id, null, code).isReversal = true;
      return { code, id };
    }
    const result = this.#move(ledger, transfer, null, op.force);
    const made = this.transfers.get(result.id ?? '');
    if (made !== undefined) made.isReversal = true;
    if (result.code === 'ok') original.reversed += amount;
    return result;
  }

  #entry(ledger: string, lines: readonly LineOp[], effective: number): Result {
    if (lines.length < 2) return { code: 'too_few_lines' };
    if (effective > daySeconds) return { code: 'effective_at_too_far' };
    const known = lines.every((line) => this.own(ledger, line.account) !== undefined);
    const nets = new Map<string, bigint>();
    for (const { account, side, amount } of lines) {
      const currency = known ? (this.accounts.get(account)?.currency ?? '') : 'all';
      nets.set(currency, (nets.get(currency) ?? 0n) + (side === 'DEBIT' ? amount : -amount));
    }
    if ([...nets.values()].some((net) => net !== 0n)) return { code: 'unbalanced_entry' };
    if (!known) return { code: 'account_not_found' };
    const conditions = lines.map((line) => [line.account, line.require] as const);
    return this.#postEntry(
      ledger,
      lines.map((line) => [line.account, line.side, line.amount]),
      false,
      conditions,
    );
  }

  #postEntry(
    ledger: string,
    lines: readonly (readonly [string, Side, bigint])[],
    forced: boolean,
    conditions: readonly (readonly [string, Require | undefined])[],
  ): Result {
    const statuses = new Set(lines.map(([id]) => this.accounts.get(id)?.status));
    if (statuses.has('CLOSED')) return { code: 'account_closed' };
    if (statuses.has('SUSPENDED')) return { code: 'account_suspended' };
    if (conditions.some(([id, require]) => !this.holds(id, require)))
      return { code: 'condition_failed' };
    const code = this.judgeLines(lines, forced);
    if (code !== undefined) return { code };
    const id = this.#fresh();
    this.post(ledger, id, lines, false);
    return ok(id);
  }

  #reverseEntry(ledger: string, op: Op & { kind: 'reverseEntry' }): Result {
    const entry = this.entries.get(op.entry);
    if (entry?.ledger !== ledger) return { code: 'entry_not_found' };
    if (entry.isReversal) return { code: 'not_reversible' };
    if (entry.reversed) return { code: 'already_reversed' };
    const lines = this.lines.filter((line) => line.entry === op.entry);
    const swapped = lines.map(
      (line) => [line.account, line.side === 'DEBIT' ? 'CREDIT' : 'DEBIT', line.amount] as const,
    );
    const result = this.#postEntry(ledger, swapped, op.force, []);
    if (result.code !== 'ok') return result;
    entry.reversed = true;
    const made = this.entries.get(result.id ?? '');
    if (made !== undefined) made.isReversal = true;
    return result;
  }
}

function statusOf(transfer: Transfer): string {
  const { failed, isHold, ended, settled, deferred } = transfer;
  if (failed !== null) return 'FAILED';
  if (deferred !== undefined && deferred.status !== 'run') return deferred.status;
  if (!isHold || (ended !== null && settled > 0n)) return 'COMPLETED';
  if (ended === null) return 'HELD';
  return ended === 'hold_already_voided' ? 'VOIDED' : 'EXPIRED';
}

function isDone({ failed, isHold, ended, settled, deferred }: Transfer): boolean {
  if (deferred !== undefined && deferred.status !== 'run') return false;
  return failed === null && (!isHold || (ended !== null && settled > 0n));
}

function rulesOf({ status, limit, schedule }: Pick<Account, 'status' | 'limit' | 'schedule'>): string {
  const dates = schedule.map((row) => `${row.at}:${row.limit}`);
  return [status, limit, ...dates].join(' ');
}
