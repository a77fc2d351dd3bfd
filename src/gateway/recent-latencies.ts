/** Older ones make room: at higher rates the figures are of less than a minute. */
const keptMax = 8192;
const windowMs = 60_000;

/** How long requests took that were answered in the last minute. */
export class RecentLatencies {
  readonly #monotonicMs: () => number;
  readonly #at = new Float64Array(keptMax);
  readonly #ms = new Float64Array(keptMax);
  #count = 0;

  constructor(monotonicMs: () => number) {
    this.#monotonicMs = monotonicMs;
  }

  note(ms: number): void {
    const place = this.#count % keptMax;
    this.#at[place] = this.#monotonicMs();
    this.#ms[place] = ms;
    this.#count += 1;
  }

  /** @returns null where there was none */
  read(): { count: number; p50_ms: number; p99_ms: number } | null {
    const since = this.#monotonicMs() - windowMs;
    const kept = Math.min(this.#count, keptMax);
    const recent = this.#ms.subarray(0, kept).filter((_, place) => (this.#at[place] ?? 0) >= since);
    if (recent.length === 0) return null;
    recent.sort();
    const rank = (share: number): number =>
      Math.round((recent[Math.ceil(recent.length * share) - 1] ?? 0) * 1000) / 1000;
    return { count: recent.length, p50_ms: rank(0.5), p99_ms: rank(0.99) };
  }
}
