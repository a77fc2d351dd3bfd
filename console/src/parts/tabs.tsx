import { Link } from './link.tsx';

interface TabsProps {
  readonly tabs: readonly (readonly [tab: string, text: string])[];
  readonly current: string;
  readonly label: string;
  readonly path: string;
}

/** Parts of a page, each with its address. */
export function Tabs({ tabs, current, label, path }: TabsProps) {
  return (
    <nav className="tabs" aria-label={label}>
      {tabs.map(([tab, text]) => (
        <Link key={tab} to={tab === '' ? path : `${path}?tab=${tab}`} isCurrent={tab === current}>
          {text}
        </Link>
      ))}
    </nav>
  );
}
