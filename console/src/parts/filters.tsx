import { useState, type ReactNode } from 'react';

interface FiltersProps {
  /** What stays in sight on a phone. */
  readonly first: ReactNode;
  /** How many of the others are set. */
  readonly setCount: number;
  readonly children: ReactNode;
}

/** What a list is filtered by. On a phone all but the first are folded away, so that the list is in sight. */
export function Filters({ first, setCount, children }: FiltersProps) {
  const [isOpen, setOpen] = useState(false);
  return (
    <div className={`filters${isOpen ? ' is-open' : ''}`} role="search">
      {first}
      <button
        type="button"
        className="button filters-fold"
        aria-expanded={isOpen}
        onClick={() => setOpen(!isOpen)}
      >
        {setCount === 0 ? 'More filters' : `More filters (${setCount} set)`}
      </button>
      <div className="filters-more">{children}</div>
    </div>
  );
}
