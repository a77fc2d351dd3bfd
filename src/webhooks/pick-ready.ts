/** A delivery that is to be sent, as far as its turn depends on it. */
export interface Waiting {
  readonly id: string;
  readonly accounts: readonly string[];
  /** Milliseconds since 1970. */
  readonly dueAt: number;
}

/**
 * Which deliveries of an endpoint may be sent now, at most `slots`: those that are due and share no account with one
 * that is on its way or that comes before them and waits, be it for its own turn or for its next attempt.
 * @param waiting in the order of the log
 * @param running accounts of what is on its way
 */
export function pickReady<Delivery extends Waiting>(
  waiting: readonly Delivery[],
  running: ReadonlySet<string>,
  now: number,
  slots: number,
): Delivery[] {
  const taken = new Set(running);
  const ready: Delivery[] = [];
  for (const delivery of waiting) {
    if (ready.length >= slots) break;
    const isFree = !delivery.accounts.some((account) => taken.has(account));
    if (isFree && delivery.dueAt <= now) ready.push(delivery);
    for (const account of delivery.accounts) taken.add(account);
  }
  return ready;
}
