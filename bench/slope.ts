/** What a server says of itself at a moment. */
export interface Sample {
  readonly seconds: number;
  /** Bytes. */
  readonly memory: number;
  readonly files: number;
  /** Positions. */
  readonly lag: number;
  /** Appended so far. */
  readonly events: number;
}

const tenMinutes = 600;

/** The slope of the line through the points by least squares. */
function slope(points: readonly (readonly [x: number, y: number])[]): number {
  const mean = (values: readonly number[]): number =>
    values.reduce((sum, value) => sum + value, 0) / values.length;
  const x = mean(points.map(([at]) => at));
  const y = mean(points.map(([, value]) => value));
  const covariance = points.reduce((sum, [at, value]) => sum + (at - x) * (value - y), 0);
  const variance = points.reduce((sum, [at]) => sum + (at - x) ** 2, 0);
  return covariance / variance;
}

/**
 * How much memory and open files grow in ten minutes, as shares of their means, and the lag as a share of the events
 * of ten minutes: a lag of nothing has no share of itself.
 */
export function slopeOf(samples: readonly Sample[]): Record<'memory' | 'files' | 'lag', number> {
  const of = (name: keyof Sample): number =>
    slope(samples.map((sample) => [sample.seconds, sample[name]])) * tenMinutes;
  const mean = (name: keyof Sample): number =>
    samples.reduce((sum, sample) => sum + sample[name], 0) / samples.length;
  return {
    memory: of('memory') / mean('memory'),
    files: of('files') / mean('files'),
    lag: of('lag') / of('events'),
  };
}
