/** A place of a group in a partition. */
export interface Place {
  readonly topic: string;
  readonly partition: number;
  readonly offset: bigint;
  readonly leaderEpoch: number;
}

/** Commits the places of many partitions: what comes while one commit is on its way goes out together in the next. */
export class OffsetCommits {
  readonly #commit: (places: Place[]) => Promise<unknown>;
  readonly #waiting = new Map<string, Place>();
  #running: Promise<void> | undefined;
  #next: Promise<void> | undefined;

  constructor(commit: (places: Place[]) => Promise<unknown>) {
    this.#commit = commit;
  }

  /** Resolves when the broker has the place, or a later one of its partition. */
  add(place: Place): Promise<void> {
    this.#waiting.set(`${place.topic}/${place.partition}`, place);
    return (this.#next ??= this.#after(this.#running));
  }

  async #after(running: Promise<void> | undefined): Promise<void> {
    await running?.catch(() => undefined);
    this.#running = this.#next;
    this.#next = undefined;
    const places = [...this.#waiting.values()];
    this.#waiting.clear();
    await this.#commit(places);
  }
}
