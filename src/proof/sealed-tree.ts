import type { Queryable } from '../ledger/read-answer.ts';
import { hashLeaf, hashNode, emptyRoot, type Span } from './merkle.ts';

/** Nodes are stored at every eighth level: one for 256 below it. */
export const tileLevels = 8;
const tileWidth = 256;
const pageMax = 16_384;

/** Where the leaves of a tree come from: 32 bytes each, leaf 0 first. */
export interface TreeLeaves {
  /** `journal/<ledger>`, `periods/<ledger>`, or `audit`. */
  readonly tree: string;
  /** Leaves `from` to `to` (exclusive), as many as there are. */
  readLeaves(db: Queryable, span: Span): Promise<Buffer[]>;
}

/** Leaves or nodes that have to be there are not. */
export class LeavesMissing extends Error {
  override readonly name = 'LeavesMissing';
}

/** The leaves of a ledger's journal: the hashes of its entries. */
export function journalLeaves(tree: string, ledgerId: number): TreeLeaves {
  return {
    tree,
    readLeaves: async (db, { from, to }) => {
      const { rows } = await db.query<{ hash: Buffer }>({
        name: 'read-journal-leaves',
        text: `select hash from ledger.entries
          where ledger_id = $1 and entry_number > $2 and entry_number <= $3 order by entry_number`,
        values: [ledgerId, from, to],
      });
      return rows.map(({ hash }) => hash);
    },
  };
}

/** The leaves of a ledger's closes: their hashes. */
export function periodLeaves(tree: string, ledgerId: number): TreeLeaves {
  return {
    tree,
    readLeaves: async (db, { from, to }) => {
      const { rows } = await db.query<{ hash: Buffer }>({
        name: 'read-period-leaves',
        text: `select hash from ledger.period_closes
          where ledger_id = $1 and number > $2 and number <= $3 order by number`,
        values: [ledgerId, from, to],
      });
      return rows.map(({ hash }) => hash);
    },
  };
}

export const auditTree = 'audit';

/** The leaves of the audit log: the hashes of its rows. */
export const auditLeaves: TreeLeaves = {
  tree: auditTree,
  readLeaves: async (db, { from, to }) => {
    const { rows } = await db.query<{ hash: Buffer }>({
      name: 'read-audit-leaves',
      text: `select hash from ledger.audit_log where number > $1 and number <= $2 order by number`,
      values: [from, to],
    });
    return rows.map(({ hash }) => hash);
  },
};

/**
 * A tree up to the size that its stored nodes reach. A proof reads for every eight levels at most two times
 * 256 hashes beside each other.
 */
export class SealedTree {
  readonly #db: Queryable;
  readonly #leaves: TreeLeaves;
  readonly #size: number;
  readonly #tiles = new Map<string, Buffer[]>();

  /** @param size leaves of the tree; every whole tile of them is stored */
  constructor(db: Queryable, leaves: TreeLeaves, size: number) {
    this.#db = db;
    this.#leaves = leaves;
    this.#size = size;
  }

  /** The hash of what spans these leaves. @throws {LeavesMissing} */
  async hashOf({ from, to }: Span): Promise<Buffer> {
    const peaks: Buffer[] = [];
    for (let at = from; at < to;) {
      const level = levelOf(at, to - at);
      peaks.push(await this.#whole(level, at / 2 ** level));
      at += 2 ** level;
    }
    const [last, ...others] = peaks.toReversed();
    return others.reduce((right, left) => hashNode(left, right), last ?? emptyRoot);
  }

  async hashAll(spans: readonly Span[]): Promise<Buffer[]> {
    const hashes: Buffer[] = [];
    for (const span of spans) hashes.push(await this.hashOf(span));
    return hashes;
  }

  /** A whole subtree, from the stored nodes at or below its level. */
  async #whole(level: number, index: number): Promise<Buffer> {
    const base = level - (level % tileLevels);
    const width = 2 ** (level - base);
    const first = index * width;
    const tile = await this.#tile(base, Math.floor(first / tileWidth));
    let nodes = tile.slice(first % tileWidth, (first % tileWidth) + width);
    if (nodes.length < width) throw this.#missing(base);
    while (nodes.length > 1) nodes = foldPairs(nodes);
    const [root] = nodes;
    if (root === undefined) throw this.#missing(base);
    return root;
  }

  /** What is stored of 256 neighbours. */
  async #tile(base: number, index: number): Promise<Buffer[]> {
    const name = `${base}/${index}`;
    const known = this.#tiles.get(name) ?? (await this.#read(base, index * tileWidth));
    this.#tiles.set(name, known);
    return known;
  }

  async #read(base: number, from: number): Promise<Buffer[]> {
    const to = Math.min(from + tileWidth, Math.floor(this.#size / 2 ** base));
    const hashes =
      base === 0
        ? (await this.#leaves.readLeaves(this.#db, { from, to })).map(hashLeaf)
        : await readNodes(this.#db, this.#leaves.tree, base, { from, to });
    if (hashes.length < to - from) throw this.#missing(base);
    return hashes;
  }

  #missing(level: number): LeavesMissing {
    const what = level === 0 ? 'entries' : `nodes of level ${level}`;
    return new LeavesMissing(`${this.#leaves.tree} lacks ${what} below ${this.#size}`);
  }
}

/** The highest whole subtree that begins at `at` and has at most `count` leaves. */
function levelOf(at: number, count: number): number {
  let level = 0;
  while (2 ** (level + 1) <= count && at % 2 ** (level + 1) === 0) level += 1;
  return level;
}

function foldPairs(nodes: readonly Buffer[]): Buffer[] {
  const folded: Buffer[] = [];
  for (let index = 0; index + 1 < nodes.length; index += 2)
    folded.push(hashNode(nodes[index] ?? emptyRoot, nodes[index + 1] ?? emptyRoot));
  return folded;
}

async function readNodes(
  db: Queryable,
  tree: string,
  level: number,
  { from, to }: Span,
): Promise<Buffer[]> {
  const { rows } = await db.query<{ hash: Buffer }>({
    name: 'read-proof-nodes',
    text: `select hash from proof.nodes
      where tree = $1 and level = $2 and index >= $3 and index < $4 order by index`,
    values: [tree, level, from, to],
  });
  return rows.map(({ hash }) => hash);
}

/** Stores the nodes that whole tiles between two sizes have. @throws {LeavesMissing} */
export async function storeNodes(db: Queryable, leaves: TreeLeaves, to: number): Promise<void> {
  for (let level = tileLevels; 2 ** level <= to; level += tileLevels) {
    const have = await countNodes(db, leaves.tree, level);
    const need = Math.floor(to / 2 ** level);
    for (let at = have; at < need; at += pageMax / tileWidth)
      await storePage(db, leaves, level, { from: at, to: Math.min(at + pageMax / tileWidth, need) });
  }
}

async function storePage(db: Queryable, leaves: TreeLeaves, level: number, { from, to }: Span) {
  const below = { from: from * tileWidth, to: to * tileWidth };
  let nodes =
    level === tileLevels
      ? (await leaves.readLeaves(db, below)).map(hashLeaf)
      : await readNodes(db, leaves.tree, level - tileLevels, below);
  if (nodes.length < below.to - below.from)
    throw new LeavesMissing(
      `${leaves.tree} lacks entries below ${below.to * 2 ** (level - tileLevels)}`,
    );
  for (let step = 0; step < tileLevels; step += 1) nodes = foldPairs(nodes);
  await db.query(
    `insert into proof.nodes (tree, level, index, hash)
      select $1, $2, $3::bigint + n - 1, hash from unnest($4::bytea[]) with ordinality as u(hash, n)
      on conflict do nothing`,
    [leaves.tree, level, from, nodes],
  );
}

async function countNodes(db: Queryable, tree: string, level: number): Promise<number> {
  const { rows } = await db.query<{ next: string }>(
    `select coalesce(max(index) + 1, 0) as next from proof.nodes where tree = $1 and level = $2`,
    [tree, level],
  );
  return Number(rows[0]?.next ?? 0);
}
