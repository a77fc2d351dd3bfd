import { hash } from 'node:crypto';

/*
 * Merkle trees after RFC 9162, section 2.1: a leaf's hash is SHA-256 of 0x00 and the leaf, a node's that of
 * 0x01 and its two children; a tree of n leaves is split at the largest power of two below n. All hashes are
 * 32 bytes. What spans leaves `from` to `to` (exclusive) is named by that span.
 */

export interface Span {
  readonly from: number;
  readonly to: number;
}

const leafInput = Buffer.alloc(33);
const nodeInput = Buffer.alloc(65, 1);

/** The hash of a leaf of 32 bytes. */
export function hashLeaf(leaf: Uint8Array): Buffer {
  leafInput.set(leaf, 1);
  return hash('sha256', leafInput, 'buffer');
}

export function hashNode(left: Uint8Array, right: Uint8Array): Buffer {
  nodeInput.set(left, 1);
  nodeInput.set(right, 33);
  return hash('sha256', nodeInput, 'buffer');
}

/** The root of a tree without leaves: SHA-256 of nothing. */
export const emptyRoot = hash('sha256', '', 'buffer');

/** The largest power of two below `count`, which is at least 2. Counts are below 2^53. */
export function splitOf(count: number): number {
  let split = 1;
  while (split * 2 < count) split *= 2;
  return split;
}

/** Grows by one leaf after the other and knows its root at any size; holds one hash for each bit of the size. */
export class GrowingTree {
  /** Roots of whole subtrees, the largest first. */
  readonly #peaks: Buffer[] = [];
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** Hashes of the whole subtrees, from which a tree can go on growing. */
  get peaks(): readonly Buffer[] {
    return this.#peaks;
  }

  /** Goes on from what `size` and `peaks` were. */
  static from(size: number, peaks: readonly Uint8Array[]): GrowingTree {
    const tree = new GrowingTree();
    tree.#size = size;
    for (const peak of peaks) tree.#peaks.push(Buffer.from(peak));
    return tree;
  }

  append(leaf: Uint8Array): void {
    let node = hashLeaf(leaf);
    for (let rest = this.#size; rest % 2 === 1; rest = (rest - 1) / 2)
      node = hashNode(this.#peaks.pop() ?? node, node);
    this.#peaks.push(node);
    this.#size += 1;
  }

  root(): Buffer {
    const [last, ...others] = this.#peaks.toReversed();
    return others.reduce((right, left) => hashNode(left, right), last ?? emptyRoot);
  }
}

/** The spans whose hashes prove that a leaf is in a tree of `size`, the lowest first (PATH of the RFC). */
export function inclusionSpans(index: number, size: number): Span[] {
  return pathSpans(index, { from: 0, to: size });
}

function pathSpans(index: number, { from, to }: Span): Span[] {
  if (to - from <= 1) return [];
  const middle = from + splitOf(to - from);
  const left = { from, to: middle };
  const right = { from: middle, to };
  return index < middle ? [...pathSpans(index, left), right] : [...pathSpans(index, right), left];
}

/** The spans whose hashes prove that a tree of `first` leaves is the beginning of one of `second` (PROOF). */
export function consistencySpans(first: number, second: number): Span[] {
  if (first === 0 || first === second) return [];
  return growthSpans(first, { from: 0, to: second }, true);
}

function growthSpans(first: number, span: Span, isWhole: boolean): Span[] {
  const { from, to } = span;
  if (first === to) return isWhole ? [] : [span];
  const middle = from + splitOf(to - from);
  const left = { from, to: middle };
  const right = { from: middle, to };
  return first <= middle
    ? [...growthSpans(first, left, isWhole), right]
    : [...growthSpans(first, right, false), left];
}

/** The root that an inclusion proof leads to; undefined where it can't be one of such a leaf and tree. */
export function rootOfInclusion(
  leaf: Uint8Array,
  index: number,
  size: number,
  proof: readonly Uint8Array[],
): Buffer | undefined {
  if (index < 0 || index >= size) return undefined;
  const spans = inclusionSpans(index, size);
  if (spans.length !== proof.length) return undefined;
  let node = hashLeaf(leaf);
  for (const [step, { from }] of spans.entries()) {
    const other = proof[step] ?? node;
    node = from > index ? hashNode(node, other) : hashNode(other, node);
  }
  return node;
}

/** Whether the proof shows that the tree of `first` leaves is the beginning of the tree of `second`. */
export function isConsistent(
  first: { readonly size: number; readonly root: Uint8Array },
  second: { readonly size: number; readonly root: Uint8Array },
  proof: readonly Uint8Array[],
): boolean {
  if (first.size > second.size) return false;
  if (first.size === second.size) return proof.length === 0 && isSame(first.root, second.root);
  if (first.size === 0) return proof.length === 0;
  const hashes = [...proof];
  const roots = rootsOf(first.size, { from: 0, to: second.size }, first.root, hashes);
  if (roots === undefined || hashes.length > 0) return false;
  return isSame(roots.first, first.root) && isSame(roots.second, second.root);
}

interface Roots {
  readonly first: Uint8Array;
  readonly second: Uint8Array;
}

/**
 * Roots of the part of both trees within the span, from the hashes of the proof in the order of
 * `consistencySpans`. `known` is the first tree's root where the span begins at 0.
 */
function rootsOf(
  size: number,
  { from, to }: Span,
  known: Uint8Array | undefined,
  hashes: Uint8Array[],
): Roots | undefined {
  if (size === to) {
    const whole = known ?? hashes.shift();
    return whole === undefined ? undefined : { first: whole, second: whole };
  }
  const middle = from + splitOf(to - from);
  const isLeft = size <= middle;
  const inner = isLeft
    ? rootsOf(size, { from, to: middle }, known, hashes)
    : rootsOf(size, { from: middle, to }, undefined, hashes);
  const other = hashes.shift();
  if (inner === undefined || other === undefined) return undefined;
  if (isLeft) return { first: inner.first, second: hashNode(inner.second, other) };
  return { first: hashNode(other, inner.first), second: hashNode(other, inner.second) };
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}
