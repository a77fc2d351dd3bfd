import type { Require, Result, Side, TransferOp } from './operations.ts';

export interface Account {
  ledger: string;
  currency: string;
  side: Side;
  limit: bigint | null;
  status: 'ACTIVE' | 'SUSPENDED' | 'CLOSED';
  name: string | null;
  version: number;
  revision: number;
  schedule: { at: number; limit: bigint | null }[];
}
export interface Transfer {
  ledger: string;
  from: string;
  to: string;
  amount: bigint;
  currency: string;
  failed: string | null;
  isHold: boolean;
  left: bigint;
  settled: bigint;
  reversed: bigint;
  ended: string | null;
  expiresAt: number | null;
  isReversal: boolean;
  print: string | null;
  /** What is to be run later, and when; undefined for what was run at once. */
  deferred?: { op: TransferOp; executeAt: number | null; status: string };
}
export interface Line {
  entry: string;
  account: string;
  side: Side;
  amount: bigint;
}
export interface Entry {
  ledger: string;
  ofTransfer: boolean;
  isReversal: boolean;
  reversed: boolean;
}

export const most = 2n ** 63n - 1n;
export const daySeconds = 86_400;

/** All that is remembered; plain data, so that a trial is a copy. */
export class Books {
  accounts = new Map<string, Account>();
  transfers = new Map<string, Transfer>();
  entries = new Map<string, Entry>();
  lines: Line[] = [];
  keys = new Map<string, { print: string; result: Result }>();
  externals = new Map<string, string>();
  ledgers = new Map<string, bigint | null>([['main', null]]);
  scales = new Map([
    ['USD', 2],
    ['EUR', 2],
  ]);
  made = 0;
  now = 0;

  /** What the product called what was made here. */
  rename(from: string, to: string): void {
    for (const map of [this.transfers, this.entries, this.accounts]) {
      const found = map.get(from);
      if (found === undefined) continue;
      map.delete(from);
      (map as Map<string, typeof found>).set(to, found);
    }
    for (const bound of this.keys.values()) bound.result = renamed(bound.result, from, to);
    for (const [name, id] of this.externals) if (id === from) this.externals.set(name, to);
    for (const line of this.lines) if (line.entry === from) line.entry = to;
  }

  balance(id: string): bigint {
    let sum = 0n;
    const side = this.accounts.get(id)?.side;
    for (const line of this.lines)
      if (line.account === id) sum += line.side === side ? line.amount : -line.amount;
    return sum;
  }

  gross(id: string, side: Side): bigint {
    return this.lines.reduce(
      (sum, line) => (line.account === id && line.side === side ? sum + line.amount : sum),
      0n,
    );
  }

  /** Open holds of which this account's share flows out (`held`) or in (`incoming`). */
  reserved(id: string, outflow: boolean): bigint {
    const { side } = this.accounts.get(id) ?? { side: 'CREDIT' };
    let sum = 0n;
    for (const hold of this.transfers.values()) {
      const share = hold.from === id ? 'DEBIT' : hold.to === id ? 'CREDIT' : undefined;
      if (share !== undefined && (share !== side) === outflow) sum += hold.left;
    }
    return sum;
  }

  available(id: string): bigint {
    return this.balance(id) - this.reserved(id, true);
  }

  /** Lets time pass: holds and dated limits that are due happen. */
  pass(now: number): void {
    this.now = now;
    for (const hold of this.transfers.values()) {
      if (hold.left > 0n && hold.expiresAt !== null && hold.expiresAt <= now)
        this.release(hold, 'hold_expired');
    }
    for (const account of this.accounts.values()) {
      while (account.schedule[0] !== undefined && account.schedule[0].at <= now) {
        account.limit = account.schedule.shift()?.limit ?? null;
        account.version += 1;
        account.revision += 1;
      }
    }
  }

  figures(id: string) {
    return {
      balance: this.balance(id),
      held: this.reserved(id, true),
      incoming: this.reserved(id, false),
      version: this.accounts.get(id)?.version,
      revision: this.accounts.get(id)?.revision,
      limit: this.accounts.get(id)?.limit,
      status: this.accounts.get(id)?.status,
    };
  }

  own(ledger: string, id: string): Account | undefined {
    const account = this.accounts.get(id);
    return account?.ledger === ledger ? account : undefined;
  }

  holds(id: string, require: Require | undefined): boolean {
    const available = this.available(id);
    if (require?.min !== undefined && available < require.min) return false;
    if (require?.max !== undefined && available > require.max) return false;
    return require?.version === undefined || require.version === this.accounts.get(id)?.version;
  }

  isShort(id: string, outflow: bigint): boolean {
    const limit = this.accounts.get(id)?.limit;
    return typeof limit === 'bigint' && outflow > 0n && this.available(id) - outflow < -limit;
  }

  judgeLines(lines: readonly (readonly [string, Side, bigint])[], forced: boolean): string | undefined {
    const ids = [...new Set(lines.map(([id]) => id))];
    const sum = (id: string, side: Side) =>
      lines.reduce((n, line) => (line[0] === id && line[1] === side ? n + line[2] : n), 0n);
    const outflowOf = (id: string) => {
      const net = sum(id, 'DEBIT') - sum(id, 'CREDIT');
      return this.accounts.get(id)?.side === 'CREDIT' ? net : -net;
    };
    for (const id of ids) {
      const isOver = (side: Side) => this.gross(id, side) + sum(id, side) > most;
      if (isOver('DEBIT') || isOver('CREDIT')) return 'amount_overflow';
      if (this.available(id) - outflowOf(id) < -most - 1n) return 'amount_overflow';
    }
    return !forced && ids.some((id) => this.isShort(id, outflowOf(id)))
      ? 'insufficient_funds'
      : undefined;
  }

  /** What can be judged before the accounts are looked at. */
  judgeRequest(ledger: string, op: TransferOp): string | undefined {
    const external = `transfer ${ledger} ${op.external}`;
    if (op.external !== undefined && this.externals.has(external)) return 'external_id_taken';
    if (!this.scales.has(op.currency)) return 'currency_unknown';
    if (op.execute !== undefined && op.execute <= 0) return 'execute_at_not_in_future';
    if ((op.effective ?? 0) > daySeconds + (op.execute ?? 0)) return 'effective_at_too_far';
    if (typeof op.hold === 'number' && op.hold <= 0) return 'expiry_not_in_future';
    return op.from === op.to ? 'accounts_must_differ' : undefined;
  }

  judgeAccounts(
    op: TransferOp,
    from: Account,
    to: Account,
    credited: string | undefined,
  ): string | undefined {
    const statuses = new Set([from.status, to.status]);
    if (statuses.has('CLOSED')) return 'account_closed';
    if (statuses.has('SUSPENDED')) return 'account_suspended';
    if (credited !== undefined && this.accounts.get(credited)?.side === 'DEBIT')
      return 'not_a_credit_account';
    if (from.currency !== op.currency || to.currency !== op.currency) return 'currency_mismatch';
    const isMet = this.holds(op.from, op.require?.from) && this.holds(op.to, op.require?.to);
    return isMet ? undefined : 'condition_failed';
  }

  judgeAmount(op: TransferOp, from: Account, to: Account, forced: boolean): string | undefined {
    if (op.hold === undefined) {
      return this.judgeLines(
        [
          [op.from, 'DEBIT', op.amount],
          [op.to, 'CREDIT', op.amount],
        ],
        forced,
      );
    }
    const shares = [
      [op.from, from.side === 'CREDIT'],
      [op.to, to.side === 'DEBIT'],
    ] as const;
    for (const [id, outflow] of shares) {
      const isOver = this.reserved(id, outflow) + op.amount > most;
      if (isOver || (outflow && this.available(id) - op.amount < -most - 1n)) return 'amount_overflow';
    }
    const short = shares.some(([id, outflow]) => outflow && this.isShort(id, op.amount));
    return short ? 'insufficient_funds' : undefined;
  }

  post(
    ledger: string,
    id: string,
    lines: readonly (readonly [string, Side, bigint])[],
    ofTransfer: boolean,
  ): void {
    if (!ofTransfer) this.entries.set(id, { ledger, ofTransfer, isReversal: false, reversed: false });
    for (const [account, side, amount] of lines) {
      this.lines.push({ entry: id, account, side, amount });
      const found = this.accounts.get(account);
      if (found !== undefined) found.version += 1;
    }
  }

  touch(hold: Transfer): void {
    for (const id of [hold.from, hold.to]) {
      const account = this.accounts.get(id);
      if (account !== undefined) account.version += 1;
    }
  }

  release(hold: Transfer, how: string): void {
    Object.assign(hold, { left: 0n, ended: how });
    this.touch(hold);
  }
}

function renamed(result: Result, from: string, to: string): Result {
  const items = result.items?.map((item) => renamed(item, from, to));
  return {
    ...result,
    ...(result.id === from ? { id: to } : {}),
    ...(items === undefined ? {} : { items }),
  };
}
