import { useState, type PointerEvent } from 'react';
import { frameOf, stepPath, type Step } from './scale.ts';

interface Range {
  readonly from: number;
  readonly to: number;
}

interface BrushProps {
  readonly steps: readonly Step[];
  readonly whole: Range;
  readonly chosen: Range;
  readonly width: number;
  readonly onChoose: (range: Range) => void;
}

const height = 34;
/** A press that moves less than this chooses nothing. Pixels. */
const leastPixels = 4;

/** The whole history, small: drawing across it chooses a part. The date fields beside it do the same by keyboard. */
export function Brush({ steps, whole, chosen, width, onChoose }: BrushProps) {
  const [drawn, setDrawn] = useState<{ start: number; end: number }>();
  const frame = frameOf(steps, whole, { width, height, ticks: 2 });
  const shown =
    drawn === undefined
      ? { left: frame.x(chosen.from), right: frame.x(chosen.to) }
      : { left: Math.min(drawn.start, drawn.end), right: Math.max(drawn.start, drawn.end) };
  const place = (event: PointerEvent<SVGSVGElement>): number => {
    const box = event.currentTarget.getBoundingClientRect();
    return Math.min(Math.max(event.clientX - box.left, 0), width);
  };
  const timeOf = (x: number): number => whole.from + (x / width) * (whole.to - whole.from);
  const line = stepPath(steps, whole, frame);
  return (
    <svg
      className="brush"
      width={width}
      height={height}
      aria-hidden="true"
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        setDrawn({ start: place(event), end: place(event) });
      }}
      onPointerMove={(event) => drawn !== undefined && setDrawn({ ...drawn, end: place(event) })}
      onPointerUp={() => {
        setDrawn(undefined);
        if (shown.right - shown.left >= leastPixels)
          onChoose({ from: timeOf(shown.left), to: timeOf(shown.right) });
      }}
    >
      <path d={`${line}V${height}H0Z`} className="brush-area" />
      <rect
        x={shown.left}
        width={Math.max(shown.right - shown.left, 1)}
        y={0.5}
        height={height - 1}
        rx={4}
        className="brush-window"
      />
    </svg>
  );
}
