import type { ReactNode } from 'react';
import { Link } from '../../parts/link.tsx';

interface TileProps {
  readonly name: string;
  readonly to: string;
  readonly value: ReactNode;
  readonly note?: string;
  readonly tone?: 'good' | 'warn' | 'bad';
  readonly children?: ReactNode;
}

/** A figure that leads to where it comes from. */
export function Tile({ name, to, value, note, tone, children }: TileProps) {
  return (
    <section className={`card tile ${tone ?? ''}`}>
      <h2>
        <Link to={to}>{name}</Link>
      </h2>
      <div className="tile-value">{value}</div>
      <div className="tile-note">{note}</div>
      {children}
    </section>
  );
}
