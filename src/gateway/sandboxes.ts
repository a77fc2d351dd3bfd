import type { Queryable } from '../ledger/read-answer.ts';
import type { Caller } from './auth.ts';

/** The lives of a sandbox that a process has to know. */
interface Lives {
  /** Its resets are remembered here, as its keys go with the others. */
  readonly first: string;
  /** What its name stands for. */
  readonly newest: string;
}

/** What the names of sandboxes stand for, as far as this process has heard (src/ledger/sandboxes.ts). */
export class Sandboxes {
  #lives: ReadonlyMap<string, Lives> = new Map();

  /** @param db sees all ledgers */
  async load(db: Queryable): Promise<void> {
    const { rows } = await db.query<{ name: string; sandbox: string }>(
      'select name, sandbox from ledger.ledgers where sandbox is not null order by id',
    );
    const lives = new Map<string, Lives>();
    for (const { name, sandbox } of rows)
      lives.set(sandbox, { first: lives.get(sandbox)?.first ?? name, newest: name });
    this.#lives = lives;
  }

  /** The ledger that a name stands for: the newest life of a sandbox, or the ledger of that name. */
  named(name: string): string {
    return this.#lives.get(name)?.newest ?? name;
  }

  /** The first life of the sandbox of this name, or the ledger of that name. */
  firstOf(name: string): string {
    return this.#lives.get(name)?.first ?? name;
  }

  /** Who may use a sandbox may use its newest life. */
  widen(caller: Caller): Caller {
    if (this.#lives.size === 0) return caller;
    const lives = caller.ledgers.flatMap((name) => this.#lives.get(name)?.newest ?? []);
    return lives.length === 0 ? caller : { ...caller, ledgers: [...caller.ledgers, ...lives] };
  }
}
