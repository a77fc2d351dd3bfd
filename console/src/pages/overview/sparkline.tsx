const size = { width: 240, height: 34 };

/** A count a second, as bars. */
export function Sparkline({ values, label }: { values: readonly number[]; label: string }) {
  const most = Math.max(...values, 1);
  const step = size.width / values.length;
  return (
    <svg
      className="sparkline"
      viewBox={`0 0 ${size.width} ${size.height}`}
      preserveAspectRatio="none"
      role="img"
      aria-label={label}
    >
      {values.map((value, at) => {
        const height = value === 0 ? 1 : Math.max((value / most) * size.height, 2);
        return (
          <rect
            key={at}
            x={at * step}
            width={step - 1}
            y={size.height - height}
            height={height}
            className={value === 0 ? 'none' : ''}
          />
        );
      })}
    </svg>
  );
}
