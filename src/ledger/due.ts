/** Something that time does by itself: a hold's expiry or the beginning of a dated limit. */
export interface Due {
  readonly at: number;
  readonly kind: 'expiry' | 'limit';
  /** The hold's or the account's id. */
  readonly id: string;
}

/** Time first; at one time by kind and id, so that the order never depends on memory. */
function compare(a: Due, b: Due): number {
  if (a.at !== b.at) return a.at - b.at;
  if (a.kind !== b.kind) return a.kind < b.kind ? -1 : 1;
  return a.id < b.id ? -1 : a.id > b.id ? 1 : 0;
}

/**
 * A binary heap of what is due next. Entries are hints: what they name is looked at when their time comes,
 * and one that no longer applies (settled, changed, taken back) does nothing.
 */
export class DueQueue {
  readonly #heap: Due[] = [];

  get size(): number {
    return this.#heap.length;
  }

  next(): Due | undefined {
    return this.#heap[0];
  }

  push(due: Due): void {
    const heap = this.#heap;
    let index = heap.push(due) - 1;
    while (index > 0) {
      const above = (index - 1) >> 1;
      const parent = heap[above];
      if (parent === undefined || compare(parent, due) <= 0) break;
      heap[index] = parent;
      index = above;
    }
    heap[index] = due;
  }

  pop(): Due | undefined {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop();
    if (last !== undefined && heap.length > 0) this.#sink(last);
    return first;
  }

  clear(): void {
    this.#heap.length = 0;
  }

  #sink(due: Due): void {
    const heap = this.#heap;
    let index = 0;
    for (;;) {
      const child = this.#lesserChild(index);
      const below = heap[child];
      if (below === undefined || compare(due, below) <= 0) break;
      heap[index] = below;
      index = child;
    }
    heap[index] = due;
  }

  #lesserChild(index: number): number {
    const left = this.#heap[2 * index + 1];
    const right = this.#heap[2 * index + 2];
    return right !== undefined && left !== undefined && compare(right, left) < 0
      ? 2 * index + 2
      : 2 * index + 1;
  }
}
