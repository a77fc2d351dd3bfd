import { useRef, useState, useLayoutEffect, type ReactNode, type UIEvent } from 'react';
import { useWidth } from '../chart/use-width.ts';

interface VirtualRowsProps {
  readonly count: number;
  /** Every row is as high. Pixels. */
  readonly rowHeight: number;
  readonly label: string;
  readonly head: ReactNode;
  readonly row: (index: number) => ReactNode;
  /** Told when the end comes into sight. */
  readonly onEnd?: () => void;
  readonly foot?: ReactNode;
  /** Rows that were shown before go back to the top when this changes. */
  readonly resetKey?: string;
}

/** Rows above and below what is seen, so that a scroll shows them at once. */
const spare = 12;
/** More is asked for when so many rows are left below. */
const aheadRows = 200;

/** A table of any length: only what is seen of it is in the page. */
export function VirtualRows({
  count,
  rowHeight,
  label,
  head,
  row,
  onEnd,
  foot,
  resetKey,
}: VirtualRowsProps) {
  const [first, setFirst] = useState(0);
  const [box] = useWidth<HTMLDivElement>();
  const [height, setHeight] = useState(560);
  const reset = useRef(resetKey);
  useLayoutEffect(() => {
    if (box.current === null) return;
    setHeight(box.current.clientHeight);
    if (reset.current !== resetKey) box.current.scrollTop = 0;
    reset.current = resetKey;
  }, [box, resetKey, count]);
  const seen = Math.ceil(height / rowHeight);
  const from = Math.max(0, Math.min(first, count - seen) - spare);
  const to = Math.min(count, first + seen + spare);
  const onScroll = (event: UIEvent<HTMLDivElement>): void => {
    const { scrollTop } = event.currentTarget;
    setFirst(Math.floor(scrollTop / rowHeight));
    if (count * rowHeight - scrollTop < height + aheadRows * rowHeight) onEnd?.();
  };
  const rows: ReactNode[] = [];
  for (let index = from; index < to; index++)
    rows.push(
      <div
        key={index}
        className="virtual-row"
        role="row"
        aria-rowindex={index + 2}
        style={{ top: index * rowHeight, height: rowHeight }}
      >
        {row(index)}
      </div>,
    );
  return (
    <div
      className="virtual"
      ref={box}
      onScroll={onScroll}
      tabIndex={0}
      role="table"
      aria-label={label}
      aria-rowcount={count + 1}
      style={{ height: `min(70vh, ${count * rowHeight + 80}px)` }}
    >
      <div className="virtual-head" role="rowgroup">
        <div role="row" aria-rowindex={1}>
          {head}
        </div>
      </div>
      <div className="virtual-body" role="rowgroup" style={{ height: count * rowHeight }}>
        {rows}
      </div>
      {foot}
    </div>
  );
}
