/** What names the next page in a query. */
export type From = Readonly<Record<string, string | number>>;

/** A page of a list. */
export interface Page<Item> {
  readonly data: readonly Item[];
}

/**
 * A list, page by page: `for await (const item of list)` goes through all of it, asking for a page when it is needed.
 * Nothing is asked before the first item is wanted.
 */
export class List<Item, Whole extends Page<Item> = Page<Item>> implements AsyncIterable<Item> {
  readonly #read: (from: From) => Promise<Whole>;
  readonly #next: (page: Whole, from: From) => From | undefined;

  constructor(
    read: (from: From) => Promise<Whole>,
    next: (page: Whole, from: From) => From | undefined,
  ) {
    this.#read = read;
    this.#next = next;
  }

  /** The first page alone, with what names the next one. */
  page(): Promise<Whole> {
    return this.#read({});
  }

  /** Page after page. */
  async *pages(): AsyncGenerator<Whole, void, undefined> {
    for (let from: From | undefined = {}; from !== undefined;) {
      const page = await this.#read(from);
      yield page;
      from = this.#next(page, from);
    }
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Item, void, undefined> {
    for await (const page of this.pages()) yield* page.data;
  }

  /** The first items, as many as are asked for. */
  async take(count: number): Promise<Item[]> {
    const items: Item[] = [];
    if (count <= 0) return items;
    for await (const item of this) {
      items.push(item);
      if (items.length >= count) break;
    }
    return items;
  }

  /** How lists with a `next_cursor` go on. */
  static byCursor(this: void, page: { readonly next_cursor: string | null }): From | undefined {
    return page.next_cursor === null ? undefined : { cursor: page.next_cursor };
  }

  /** How the log goes on: until a page does not get any further. */
  static byPosition(this: void, page: { readonly next_position: number }, from: From): From | undefined {
    return page.next_position === (from['after_position'] ?? 0)
      ? undefined
      : { after_position: page.next_position };
  }
}
