import { createHash } from 'node:crypto';
import { uuidv7 } from 'uuidv7';
import type { Client } from 'pg';

/**
 * What readers are tested on: rows as a commit leaves them, one commit for each call. Times are
 * milliseconds.
 */
export interface Journal {
  addLedger(name: string, time: number): Promise<void>;
  open(account: NewAccount): Promise<string>;
  post(transfer: NewTransfer): Promise<string>;
  /** Any number of lines; with a transfer id its entry, else an entry by itself. */
  record(entry: NewEntry): Promise<string>;
  hold(transfer: NewTransfer): Promise<string>;
  /** Posts an amount of a hold and releases the rest, unless told to keep it. */
  settle(hold: string, amount: bigint, time: number, keepRemaining?: boolean): Promise<void>;
  fail(transfer: NewTransfer, code: string): Promise<string>;
  change(
    account: string,
    settings: { limit?: bigint | null; status?: string },
    time: number,
  ): Promise<void>;
  position(): number;
}

export interface NewAccount {
  time: number;
  ledger?: string;
  id?: string;
  externalId?: string;
  name?: string;
  type?: string;
  normalSide?: 'DEBIT' | 'CREDIT';
  currency?: string;
  limit?: bigint;
  metadata?: string;
}

export interface NewTransfer {
  from: string;
  to: string;
  amount: bigint;
  time: number;
  effectiveAt?: number;
  externalId?: string;
  description?: string;
}

export interface NewLine {
  account: string;
  side: 'DEBIT' | 'CREDIT';
  amount: bigint;
}

export interface NewEntry {
  ledger: string;
  lines: NewLine[];
  time: number;
  effectiveAt?: number | undefined;
  description?: string | undefined;
  metadata?: string;
  transferId?: string;
}

interface State {
  readonly ledger: string;
  readonly normalSide: 'DEBIT' | 'CREDIT';
  readonly currency: string;
  debits: bigint;
  credits: bigint;
  held: bigint;
  incoming: bigint;
  version: number;
}

interface Hold {
  from: string;
  to: string;
  held: bigint;
}

const iso = (time: number) => new Date(time).toISOString();

/** A journal in a migrated database that nobody else writes. */
export function startJournal(client: Client): Journal {
  const accounts = new Map<string, State>();
  const holds = new Map<string, Hold>();
  const ledgers = new Map([['main', { id: 1, entries: 0 }]]);
  let position = 0;

  const stateOf = (account: string): State => {
    const state = accounts.get(account);
    if (state === undefined) throw new Error(`no account ${account} in this journal`);
    return state;
  };
  const ledgerOf = (name: string) => {
    const ledger = ledgers.get(name);
    if (ledger === undefined) throw new Error(`no ledger ${name} in this journal`);
    return ledger;
  };
  const commit = async (time: number, write: () => Promise<void>) => {
    await client.query('begin');
    await write();
    await client.query('update ledger.head set position = $1, time = $2', [position, iso(time)]);
    await client.query('commit');
  };
  const save = (id: string, state: State, time: number) =>
    client.query(
      `update ledger.accounts set debits_minor = $2, credits_minor = $3, held_minor = $4, incoming_minor = $5,
        version = $6, updated_at = $7, position = $8 where id = $1`,
      [id, state.debits, state.credits, state.held, state.incoming, state.version, iso(time), position],
    );
  const remember = (id: string, time: number) =>
    client.query(
      `insert into ledger.account_history
        select id, version, position, $2, status, credit_limit_minor, debits_minor, credits_minor, held_minor,
          incoming_minor from ledger.accounts where id = $1`,
      [id, iso(time)],
    );
  const touch = async (id: string, time: number) => {
    const state = stateOf(id);
    state.version += 1;
    await save(id, state, time);
    await remember(id, time);
  };

  const insertTransfer = (id: string, transfer: NewTransfer, fields: Record<string, unknown>) => {
    const {
      from,
      to,
      amount,
      time,
      effectiveAt = time,
      externalId = null,
      description = null,
    } = transfer;
    const columns = {
      id,
      ledger_id: ledgerOf(stateOf(from).ledger).id,
      external_id: externalId,
      from_id: from,
      to_id: to,
      amount_minor: amount,
      currency: stateOf(from).currency,
      held_minor: 0,
      settled_minor: 0,
      reversed_minor: 0,
      description,
      metadata: '{}',
      effective_at: iso(effectiveAt),
      created_at: iso(time),
      created_position: position,
      position,
      ...fields,
    };
    const names = Object.keys(columns);
    return client.query(
      `insert into ledger.transfers (${names.join(', ')}) values (${names.map((_, n) => `$${n + 1}`).join(', ')})`,
      Object.values(columns),
    );
  };

  const insertEntry = async (entry: NewEntry): Promise<{ id: string; number: number }> => {
    const ledger = ledgerOf(entry.ledger);
    const { time, effectiveAt = time, description = null, metadata = '{}', transferId = null } = entry;
    const id = uuidv7();
    const number = (ledger.entries += 1);
    position += 1;
    const hash = createHash('sha256').update(`${entry.ledger}:${number}`).digest();
    await client.query(
      `insert into ledger.entries (ledger_id, entry_number, position, id, transfer_id, forced, description, metadata,
        posted_at, effective_at, hash) values ($1, $2, $3, $4, $5, false, $6, $7, $8, $9, $10)`,
      [
        ledger.id,
        number,
        position,
        id,
        transferId,
        description,
        metadata,
        iso(time),
        iso(effectiveAt),
        hash,
      ],
    );
    await client.query('update ledger.ledgers set entry_count = $2, head_hash = $3 where id = $1', [
      ledger.id,
      number,
      hash,
    ]);
    for (const [index, line] of entry.lines.entries()) {
      const state = stateOf(line.account);
      if (line.side === 'DEBIT') state.debits += line.amount;
      else state.credits += line.amount;
      state.version += 1;
      const net = state.credits - state.debits;
      await client.query(
        `insert into ledger.lines (position, line_number, account_id, entry_number, side, amount_minor,
          balance_after_minor, debits_after_minor, held_after_minor, incoming_after_minor, version, posted_at,
          effective_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`,
        [
          position,
          index + 1,
          line.account,
          number,
          line.side,
          line.amount,
          state.normalSide === 'CREDIT' ? net : -net,
          state.debits,
          state.held,
          state.incoming,
          state.version,
          iso(time),
          iso(effectiveAt),
        ],
      );
      await save(line.account, state, time);
    }
    return { id, number };
  };
  const linesOf = ({ from, to, amount }: { from: string; to: string; amount: bigint }): NewLine[] => [
    { account: from, side: 'DEBIT', amount },
    { account: to, side: 'CREDIT', amount },
  ];

  return {
    position: () => position,
    async addLedger(name, time) {
      const id = ledgers.size + 1;
      ledgers.set(name, { id, entries: 0 });
      await client.query('insert into ledger.ledgers (id, name, created_at) values ($1, $2, $3)', [
        id,
        name,
        iso(time),
      ]);
    },
    async open(account) {
      const { ledger = 'main', id = uuidv7(), currency = 'USD', type = 'LIABILITY', time } = account;
      const {
        normalSide = 'CREDIT',
        limit = null,
        externalId = null,
        name = null,
        metadata = '{}',
      } = account;
      accounts.set(id, {
        ledger,
        normalSide,
        currency,
        debits: 0n,
        credits: 0n,
        held: 0n,
        incoming: 0n,
        version: 1,
      });
      position += 1;
      await commit(time, async () => {
        await client.query(
          `insert into ledger.accounts (id, ledger_id, external_id, type, normal_side, currency, external, name, status,
            credit_limit_minor, credit_limit_schedule, metadata, debits_minor, credits_minor, held_minor,
            incoming_minor, version, revision, created_at, updated_at, created_position, position)
            values ($1, $2, $3, $4, $5, $6, false, $7, 'ACTIVE', $8, '[]', $9, 0, 0, 0, 0, 1, 1, $10, $10, $11, $11)`,
          [
            id,
            ledgerOf(ledger).id,
            externalId,
            type,
            normalSide,
            currency,
            name,
            limit,
            metadata,
            iso(time),
            position,
          ],
        );
        await remember(id, time);
      });
      return id;
    },
    async post(transfer) {
      const id = uuidv7();
      await commit(transfer.time, async () => {
        const { time, effectiveAt, description } = transfer;
        const { ledger } = stateOf(transfer.from);
        const lines = linesOf(transfer);
        const entry = await insertEntry({
          ledger,
          lines,
          time,
          effectiveAt,
          description,
          transferId: id,
        });
        position += 1;
        await insertTransfer(id, transfer, {
          status: 'COMPLETED',
          created_as: 'COMPLETED',
          entry_id: entry.id,
          entry_number: entry.number,
          completed_at: iso(time),
        });
      });
      return id;
    },
    async record(entry) {
      let id = '';
      await commit(entry.time, async () => {
        ({ id } = await insertEntry(entry));
      });
      return id;
    },
    async hold(transfer) {
      const id = uuidv7();
      const { from, to, amount, time } = transfer;
      holds.set(id, { from, to, held: amount });
      stateOf(from).held += amount;
      stateOf(to).incoming += amount;
      position += 1;
      await commit(time, async () => {
        await touch(from, time);
        await touch(to, time);
        await insertTransfer(id, transfer, { status: 'HELD', created_as: 'HELD', held_minor: amount });
      });
      return id;
    },
    async settle(id, amount, time, keepRemaining = false) {
      const hold = holds.get(id);
      if (hold === undefined) throw new Error(`no hold ${id} in this journal`);
      const released = keepRemaining ? amount : hold.held;
      hold.held -= released;
      stateOf(hold.from).held -= released;
      stateOf(hold.to).incoming -= released;
      await commit(time, async () => {
        const lines = linesOf({ ...hold, amount });
        const entry = await insertEntry({
          ledger: stateOf(hold.from).ledger,
          lines,
          time,
          transferId: id,
        });
        const ended = hold.held === 0n;
        position += 1;
        await client.query(
          `update ledger.transfers set status = $2, held_minor = $3, settled_minor = settled_minor + $4,
            entry_id = $5, entry_number = $6, completed_at = $7, position = $8 where id = $1`,
          [
            id,
            ended ? 'COMPLETED' : 'HELD',
            hold.held,
            amount,
            entry.id,
            entry.number,
            ended ? iso(time) : null,
            position,
          ],
        );
      });
    },
    async fail(transfer, code) {
      const id = uuidv7();
      position += 1;
      await commit(transfer.time, async () => {
        const failure = JSON.stringify({ code, status: 422, detail: 'refused', facts: {} });
        await insertTransfer(id, transfer, { status: 'FAILED', created_as: 'FAILED', failure });
      });
      return id;
    },
    async change(account, { limit, status }, time) {
      position += 1;
      await commit(time, async () => {
        await client.query(
          `update ledger.accounts set credit_limit_minor = case when $2 then $3::bigint else credit_limit_minor end,
            status = coalesce($4, status), revision = revision + 1 where id = $1`,
          [account, limit !== undefined, limit ?? null, status ?? null],
        );
        await touch(account, time);
      });
    },
  };
}
