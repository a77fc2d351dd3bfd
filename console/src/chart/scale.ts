/** A point of a step line: the value from that moment on. */
export interface Step {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly value: number;
}

export interface Frame {
  readonly x: (at: number) => number;
  readonly y: (value: number) => number;
  readonly ticks: readonly number[];
}

interface Extent {
  readonly from: number;
  readonly to: number;
}

/** Where moments and values lie in a picture of this size; the values' axis has round numbers and zero. */
export function frameOf(
  steps: readonly Step[],
  { from, to }: Extent,
  { width, height, ticks = 4 }: { width: number; height: number; ticks?: number },
): Frame {
  const values = steps.map(({ value }) => value);
  const low = Math.min(0, ...values);
  const high = Math.max(0, ...values);
  const step = roundStep((high - low) / ticks);
  const bottom = Math.floor(low / step) * step;
  const top = Math.max(Math.ceil(high / step) * step, bottom + step);
  const marks: number[] = [];
  for (let mark = bottom; mark <= top + step / 2; mark += step) marks.push(mark);
  const span = Math.max(to - from, 1);
  return {
    x: (at) => ((at - from) / span) * width,
    y: (value) => height - ((value - bottom) / (top - bottom)) * height,
    ticks: marks,
  };
}

/** 1, 2 or 5 times a power of ten, at least 1: amounts are whole minor units. */
function roundStep(size: number): number {
  if (size <= 1) return 1;
  const power = 10 ** Math.floor(Math.log10(size));
  const step = [1, 2, 5, 10].find((factor) => factor * power >= size) ?? 10;
  return step * power;
}

/** The line of a path through steps that lie in a range, from what counted before it to its end. */
export function stepPath(steps: readonly Step[], { from, to }: Extent, { x, y }: Frame): string {
  const before = steps.findLast(({ at }) => at <= from)?.value ?? 0;
  let path = `M${x(from).toFixed(1)} ${y(before).toFixed(1)}`;
  for (const { at, value } of steps)
    if (at > from && at <= to) path += `H${x(at).toFixed(1)}V${y(value).toFixed(1)}`;
  return `${path}H${x(to).toFixed(1)}`;
}

/** The value that counts at a moment. */
export function valueAt(steps: readonly Step[], at: number): number {
  return steps.findLast((step) => step.at <= at)?.value ?? 0;
}
