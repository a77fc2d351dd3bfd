import type { AuditEntry } from './audit-row.ts';

/** What was wrong with a credential, and where it came from. */
export interface RefusedCredential {
  readonly address: string;
  /** Whose it is, where that is known, such as that of a key that was revoked. */
  readonly actor: string | null;
  readonly code: 'unauthorized' | 'forbidden';
  /** In a few words; none of the credential itself. */
  readonly reason: string;
  readonly requestId: string;
}

/** Kinds that are told apart between two writes; what comes beyond is counted together. */
const kindsMax = 500;
const beyond = 'others';

/** The first of a kind, and how many there were. */
export interface Tally {
  readonly first: RefusedCredential;
  count: number;
}

/**
 * Counts refused credentials by address, person and reason, so that a flood of them is a bounded number of
 * rows.
 */
export class RefusedCredentials {
  #tallies = new Map<string, Tally>();

  get isEmpty(): boolean {
    return this.#tallies.size === 0;
  }

  add(refused: RefusedCredential, count = 1): void {
    const kind = [refused.address, refused.actor, refused.code, refused.reason].join('\n');
    if (this.#tallies.has(kind) || this.#tallies.size < kindsMax) this.#count(kind, refused, count);
    else this.#count(beyond, { ...refused, address: beyond, actor: null, reason: 'various' }, count);
  }

  #count(kind: string, first: RefusedCredential, count: number): void {
    const known = this.#tallies.get(kind);
    if (known === undefined) this.#tallies.set(kind, { first, count });
    else known.count += count;
  }

  /** Takes what was counted. */
  take(): Tally[] {
    const tallies = [...this.#tallies.values()];
    this.#tallies = new Map();
    return tallies;
  }
}

/** One row for all that a tally counted. */
export function toEntry({ first, count }: Tally): AuditEntry {
  return {
    outcome: 'refused',
    action: 'authenticate',
    actor: first.actor,
    ledger: null,
    method: null,
    path: null,
    address: first.address,
    requestId: first.requestId,
    status: first.code === 'forbidden' ? 403 : 401,
    code: first.code,
    occurrences: count,
    detail: JSON.stringify({ reason: first.reason }),
  };
}
