import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  consistencySpans,
  emptyRoot,
  GrowingTree,
  inclusionSpans,
  isConsistent,
  rootOfInclusion,
} from './merkle.ts';

/* The definitions of RFC 9162, section 2.1, written down as they stand there: the model. */
const sha = (...parts: readonly Uint8Array[]): Buffer => hash('sha256', Buffer.concat(parts), 'buffer');
const byte = (value: number) => Buffer.from([value]);
const k = (n: number): number => 2 ** Math.floor(Math.log2(n - 1));

function mth(d: readonly Buffer[]): Buffer {
  const n = d.length;
  if (n === 0) return sha();
  if (n === 1) return sha(byte(0), ...d);
  return sha(byte(1), mth(d.slice(0, k(n))), mth(d.slice(k(n))));
}

function path(m: number, d: readonly Buffer[]): Buffer[] {
  const n = d.length;
  if (n === 1) return [];
  if (m < k(n)) return [...path(m, d.slice(0, k(n))), mth(d.slice(k(n)))];
  return [...path(m - k(n), d.slice(k(n))), mth(d.slice(0, k(n)))];
}

function subproof(m: number, d: readonly Buffer[], b: boolean): Buffer[] {
  const n = d.length;
  if (m === n) return b ? [] : [mth(d)];
  if (m <= k(n)) return [...subproof(m, d.slice(0, k(n)), b), mth(d.slice(k(n)))];
  return [...subproof(m - k(n), d.slice(k(n)), false), mth(d.slice(0, k(n)))];
}

const leaves = (count: number) =>
  Array.from({ length: count }, (_, index) => sha(Buffer.from(`${index}`)));
const all = leaves(300);
const sizes = fc.integer({ min: 1, max: 300 });
const rootAt = (size: number) => ({ size, root: mth(all.slice(0, size)) });
const hashOf = ({ from, to }: { from: number; to: number }) => mth(all.slice(from, to));

test('a growing tree has the root of the RFC at every size', () => {
  const tree = new GrowingTree();
  assert.deepEqual(tree.root(), emptyRoot);
  for (const [index, leaf] of all.entries()) {
    tree.append(leaf);
    assert.deepEqual(tree.root(), mth(all.slice(0, index + 1)));
    const again = GrowingTree.from(tree.size, tree.peaks);
    assert.deepEqual(again.root(), tree.root());
  }
});

test('the proofs are those of the RFC', () => {
  fc.assert(
    fc.property(sizes, fc.nat(), (size, chosen) => {
      const index = chosen % size;
      const tree = all.slice(0, size);
      assert.deepEqual(inclusionSpans(index, size).map(hashOf), path(index, tree));
      assert.deepEqual(consistencySpans(index + 1, size).map(hashOf), subproof(index + 1, tree, true));
    }),
  );
});

test('an inclusion proof leads to the root, and with one bit changed it does not', () => {
  fc.assert(
    fc.property(sizes, fc.nat(), fc.nat(), (size, chosen, bit) => {
      const index = chosen % size;
      const { root } = rootAt(size);
      const leaf = all[index] ?? emptyRoot;
      const proof = path(index, all.slice(0, size));
      assert.deepEqual(rootOfInclusion(leaf, index, size, proof), root);
      const other = (index + 1) % size;
      if (size > 1) assert.notDeepEqual(rootOfInclusion(leaf, other, size, proof), root);
      assert.notDeepEqual(rootOfInclusion(flip(leaf, bit), index, size, proof), root);
      const step = bit % Math.max(1, proof.length);
      const changed = proof.map((node, at) => (at === step ? flip(node, bit) : node));
      if (size > 1) assert.notDeepEqual(rootOfInclusion(leaf, index, size, changed), root);
      assert.equal(rootOfInclusion(leaf, index, size, [...proof, leaf]), undefined);
      assert.equal(rootOfInclusion(leaf, size, size, proof), undefined);
    }),
  );
});

test('a consistency proof joins two roots, and no others', () => {
  fc.assert(
    fc.property(sizes, sizes, fc.nat(), (a, b, bit) => {
      const first = rootAt(Math.min(a, b));
      const second = rootAt(Math.max(a, b));
      const proof = subproof(first.size, all.slice(0, second.size), true);
      assert.ok(isConsistent(first, second, proof));
      assert.ok(!isConsistent({ ...first, root: flip(first.root, bit) }, second, proof));
      assert.ok(!isConsistent(first, { ...second, root: flip(second.root, bit) }, proof));
      assert.ok(!isConsistent(first, second, [...proof, first.root]));
      if (first.size < second.size) assert.ok(!isConsistent(second, first, proof));
      for (const step of proof.keys()) {
        const changed = proof.map((node, at) => (at === step ? flip(node, bit) : node));
        assert.ok(!isConsistent(first, second, changed));
      }
    }),
  );
});

function flip(bytes: Uint8Array, bit: number): Buffer {
  const copy = Buffer.from(bytes);
  const at = (bit >> 3) % copy.length;
  copy[at] = (copy[at] ?? 0) ^ (1 << (bit % 8));
  return copy;
}
