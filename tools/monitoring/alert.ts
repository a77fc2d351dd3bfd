/** Series as promtool makes them: `0+60x20` begins at 0 and adds 60 a minute, twenty times. */
export type Series = Readonly<Record<string, string>>;

/** An alert, with what makes it fire and what does not. */
export interface Alert {
  readonly name: string;
  /** Somebody is woken by `critical`; `warning` waits for the morning. */
  readonly severity: 'critical' | 'warning';
  /** The last comparison is the threshold, so that what stands before it can be asked for by itself. */
  readonly expr: string;
  /** For how long it has to hold. */
  readonly for: string;
  readonly summary: string;
  readonly firing: Series;
  readonly healthy: Series;
  /** Of the alert that fires, beside its severity. */
  readonly labels?: Readonly<Record<string, string>>;
}

/** What is summed is absent until it happens for the first time: then it is 0. */
export const orZero = (expr: string): string => `(${expr} or vector(0))`;
