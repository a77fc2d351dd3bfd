const watched = 200;
/** 5 % of the events that are watched. */
const alikeMax = 10;

/** What is known of a parked event. */
interface Parked {
  readonly eventId: string;
  readonly errorClass: string;
}

/**
 * Watches how many of the last 200 events were parked for the same kind of error. One event may be poison;
 * when more than one in twenty is, the program is, and it should stop before it has parked everything.
 */
export class ParkedShare {
  #last: (Parked | undefined)[] = [];

  applied(count: number): void {
    for (let rest = Math.min(count, watched); rest > 0; rest -= 1) this.#push(undefined);
  }

  /** An event that is delivered again is counted once. @returns whether there are too many alike */
  parked({ eventId, errorClass }: Parked): boolean {
    if (!this.#last.some((other) => other?.eventId === eventId)) this.#push({ eventId, errorClass });
    return this.#last.filter((other) => other?.errorClass === errorClass).length > alikeMax;
  }

  reset(): void {
    this.#last = [];
  }

  #push(parked: Parked | undefined): void {
    this.#last.push(parked);
    if (this.#last.length > watched) this.#last.shift();
  }
}
