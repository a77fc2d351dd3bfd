import { auditGenesis, hashAudit, type AuditRow } from '../audit/audit-row.ts';
import { listAudit } from '../audit/read-audit.ts';
import type { Queryable } from '../ledger/read-answer.ts';
import type { Findings } from './findings.ts';
import type { ExpectedRoot } from './journal-check.ts';
import { GrowingTree } from './merkle.ts';

const pageSize = 5000;

/** The audit log from its first row: numbers, hashes, and the signed roots. */
export async function checkAudit(
  db: Queryable,
  expected: readonly ExpectedRoot[],
  findings: Findings,
): Promise<void> {
  const check = new AuditCheck(expected, findings);
  let last = 0;
  for (;;) {
    const rows = await listAudit(db, {}, { order: 'asc', from: last, limit: pageSize });
    for (const row of rows) check.take(row);
    last = rows.at(-1)?.number ?? last;
    if (rows.length < pageSize) break;
  }
  check.finish();
}

class AuditCheck {
  readonly #expected: ReadonlyMap<number, readonly ExpectedRoot[]>;
  readonly #findings: Findings;
  readonly #tree = new GrowingTree();
  #last = 0;
  #hash = auditGenesis;

  constructor(expected: readonly ExpectedRoot[], findings: Findings) {
    this.#expected = Map.groupBy(expected, ({ size }) => size);
    this.#findings = findings;
  }

  take(row: AuditRow): void {
    const where = { number: row.number };
    if (row.number !== this.#last + 1)
      this.#findings.add('audit_log', where, `row ${this.#last + 1} is missing before it`);
    if (hashAudit(row, this.#hash) !== row.hash)
      this.#findings.add('audit_log', where, 'the row is not what its hash was made of');
    this.#last = row.number;
    this.#hash = row.hash;
    this.#tree.append(Buffer.from(row.hash, 'hex'));
    for (const { size, root, source } of this.#expected.get(this.#tree.size) ?? [])
      if (!this.#tree.root().equals(root))
        this.#findings.add('audit_log', { tree_size: size }, `${source} has another root`);
  }

  finish(): void {
    for (const [size, [head]] of this.#expected)
      if (size > this.#tree.size)
        this.#findings.add(
          'audit_log',
          { tree_size: size },
          `${head?.source ?? ''} has a head of ${size} rows, ${this.#tree.size} are there`,
        );
  }
}
