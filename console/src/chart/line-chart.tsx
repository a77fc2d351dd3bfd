import { useState, type PointerEvent } from 'react';
import { frameOf, stepPath, valueAt, type Step } from './scale.ts';

interface LineChartProps {
  readonly steps: readonly Step[];
  readonly range: { readonly from: number; readonly to: number };
  readonly width: number;
  readonly height: number;
  readonly formatValue: (value: number) => string;
  readonly formatTime: (at: number) => string;
  readonly label: string;
}

const gutter = 78;
const foot = 22;
/** Room for half a label above the highest mark. */
const top = 7;

/** A step line with an area below, round marks on its axis, and what it is under the pointer. */
export function LineChart({
  steps,
  range,
  width,
  height,
  formatValue,
  formatTime,
  label,
}: LineChartProps) {
  const [pointer, setPointer] = useState<number>();
  const inner = { width: Math.max(width - gutter, 10), height: height - foot - top };
  const before = { at: range.from, value: valueAt(steps, range.from) };
  const within = [before, ...steps.filter(({ at }) => at > range.from && at <= range.to)];
  const frame = frameOf(within, range, inner);
  const line = stepPath(steps, range, frame);
  const zero = frame.y(0);
  const pointed =
    pointer === undefined ? undefined : range.from + (pointer / inner.width) * (range.to - range.from);
  const move = (event: PointerEvent<SVGSVGElement>): void => {
    const x = event.clientX - event.currentTarget.getBoundingClientRect().left;
    setPointer(x >= 0 && x <= inner.width ? x : undefined);
  };
  return (
    <svg
      className="chart"
      width={width}
      height={height}
      role="img"
      aria-label={label}
      onPointerMove={move}
      onPointerLeave={() => setPointer(undefined)}
    >
      <g transform={`translate(0 ${top})`}>
        {frame.ticks.map((tick) => (
          <g key={tick}>
            <line
              x1={0}
              x2={inner.width}
              y1={frame.y(tick)}
              y2={frame.y(tick)}
              className={tick === 0 ? 'axis' : 'grid'}
            />
            <text x={width} y={frame.y(tick) + 4} textAnchor="end">
              {formatValue(tick)}
            </text>
          </g>
        ))}
        <path d={`${line}V${zero}H0Z`} className="chart-area" />
        <path d={line} className="chart-line" />
        <TimeAxis range={range} width={inner.width} y={height - top - 5} formatTime={formatTime} />
        {pointed !== undefined && pointer !== undefined && (
          <g>
            <line x1={pointer} x2={pointer} y1={0} y2={inner.height} className="pointer" />
            <circle cx={pointer} cy={frame.y(valueAt(steps, pointed))} r={3.5} className="chart-dot" />
            <text x={Math.min(pointer + 8, inner.width - 150)} y={12} className="pointer-text">
              {formatTime(pointed)} · {formatValue(valueAt(steps, pointed))}
            </text>
          </g>
        )}
      </g>
    </svg>
  );
}

interface TimeAxisProps {
  readonly range: { readonly from: number; readonly to: number };
  readonly width: number;
  readonly y: number;
  readonly formatTime: (at: number) => string;
}

/** A letter of a label is about as wide. */
const letterPixels = 6.5;

function TimeAxis({ range, width, y, formatTime }: TimeAxisProps) {
  // Labels keep half of their width between them; where not even two have room, the end alone has one.
  const labelPixels = formatTime(range.to).length * letterPixels;
  const count = Math.max(Math.min(Math.floor(width / labelPixels / 1.5), 6), 1);
  const isNarrow = width < 2 * labelPixels;
  const texts = Array.from({ length: count + 1 }, (_, step) =>
    formatTime(range.from + (step / count) * (range.to - range.from)),
  );
  return (
    <>
      {texts.map((text, step) =>
        texts[step - 1] === text || (isNarrow && step === 0) ? null : (
          <text key={text} x={(step / count) * width} y={y} textAnchor={anchorOf(step, count)}>
            {text}
          </text>
        ),
      )}
    </>
  );
}

function anchorOf(step: number, count: number): 'start' | 'middle' | 'end' {
  if (step === 0) return 'start';
  return step === count ? 'end' : 'middle';
}
