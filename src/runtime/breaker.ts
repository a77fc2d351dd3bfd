import {
  BrokenCircuitError,
  circuitBreaker,
  CircuitState,
  ExponentialBackoff,
  handleWhen,
  isBrokenCircuitError,
  type IBreaker,
} from 'cockatiel';
import { Gauge, type Registry } from 'prom-client';

/** The higher, the less goes through. */
const states = { closed: 0, half_open: 1, open: 2 } as const;
type BreakerState = keyof typeof states;

/** Failures in a row after which nothing is tried for a while. */
const failuresMax = 3;
/** How long nothing is tried, doubling while it stays broken, in milliseconds. */
const restMs = { initialDelay: 500, maxDelay: 5000 };

/** Keeps a part that is down from being asked all the time. */
export interface Breaker {
  /** @throws what the work throws, or at once while it is open. */
  run<T>(work: () => Promise<T>): Promise<T>;
  readonly state: BreakerState;
}

export interface BreakerOptions {
  /** Failures in a row have to go on for so long before it opens: what others take over soon is no outage. */
  readonly lastingMs?: number;
  /** What is a failure of the part and not of the work; everything, where this is absent. */
  readonly counts?: (error: unknown) => boolean;
}

export type BreakerOf = (name: string, options?: BreakerOptions) => Breaker;

/** Makes breakers by name; the gauge shows each one's state. */
export function createBreakers(registry: Registry): BreakerOf {
  const gauge = new Gauge({
    name: 'circuit_breaker_state',
    help: '0 closed, 1 half open, 2 open.',
    labelNames: ['name'],
    registers: [registry],
  });
  return (name, { lastingMs = 0, counts = () => true } = {}) => {
    const child = gauge.labels(name);
    const breaker = new FailuresInRow(lastingMs);
    const halfOpenAfter = new ExponentialBackoff(restMs);
    const policy = circuitBreaker(handleWhen(counts), { halfOpenAfter, breaker });
    child.set(states.closed);
    policy.onStateChange((state) => child.set(states[toState(state)]));
    policy.onReset(() => breaker.success());
    return {
      run: (work) => {
        // The library would have the others wait for the one that tries.
        if (policy.state === CircuitState.HalfOpen) return Promise.reject(new BrokenCircuitError());
        return policy.execute(work);
      },
      get state() {
        return toState(policy.state);
      },
    };
  };
}

/** Opens after failures in a row, where they have gone on for long enough. */
class FailuresInRow implements IBreaker {
  state: { readonly failures: number; readonly since: number } = { failures: 0, since: 0 };
  readonly #lastingMs: number;

  constructor(lastingMs: number) {
    this.#lastingMs = lastingMs;
  }

  success(): void {
    if (this.state.failures > 0) this.state = { failures: 0, since: 0 };
  }

  failure(of: CircuitState): boolean {
    const now = performance.now();
    const { failures, since } = this.state;
    this.state = { failures: failures + 1, since: failures === 0 ? now : since };
    if (of === CircuitState.HalfOpen) return true;
    return this.state.failures >= failuresMax && now - this.state.since >= this.#lastingMs;
  }
}

function toState(state: CircuitState): BreakerState {
  if (state === CircuitState.HalfOpen) return 'half_open';
  return state === CircuitState.Closed ? 'closed' : 'open';
}

/** Whether nothing was tried. */
export function wasNotTried(error: unknown): boolean {
  return isBrokenCircuitError(error);
}
