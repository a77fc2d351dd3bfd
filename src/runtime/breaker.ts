import {
  circuitBreaker,
  CircuitState,
  ConsecutiveBreaker,
  ExponentialBackoff,
  handleAll,
  isBrokenCircuitError,
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

/** Makes breakers by name; the gauge shows each one's state. */
export function createBreakers(registry: Registry): (name: string) => Breaker {
  const gauge = new Gauge({
    name: 'circuit_breaker_state',
    help: '0 closed, 1 half open, 2 open.',
    labelNames: ['name'],
    registers: [registry],
  });
  return (name) => {
    const child = gauge.labels(name);
    const policy = circuitBreaker(handleAll, {
      halfOpenAfter: new ExponentialBackoff(restMs),
      breaker: new ConsecutiveBreaker(failuresMax),
    });
    child.set(states.closed);
    policy.onStateChange((state) => child.set(states[toState(state)]));
    return {
      run: (work) => policy.execute(work),
      get state() {
        return toState(policy.state);
      },
    };
  };
}

function toState(state: CircuitState): BreakerState {
  if (state === CircuitState.HalfOpen) return 'half_open';
  return state === CircuitState.Closed ? 'closed' : 'open';
}

/** Whether nothing was tried. */
export function wasNotTried(error: unknown): boolean {
  return isBrokenCircuitError(error);
}
