import { useEffect, type ReactNode } from 'react';
import { Link } from './link.tsx';

interface PageHeadProps {
  readonly title: string;
  /** The words of the title where they are more than its text. */
  readonly heading?: ReactNode;
  readonly lead?: ReactNode;
  readonly crumbs?: readonly (readonly [path: string, text: string])[];
  readonly children?: ReactNode;
}

/** What a page is, where it belongs, and what can be done on it. */
export function PageHead({ title, heading, lead, crumbs = [], children }: PageHeadProps) {
  useEffect(() => {
    document.title = `${title} · credit-ledger`;
  }, [title]);
  return (
    <header className="page-head">
      <div className="grow">
        {crumbs.length > 0 && (
          <nav className="crumbs" aria-label="Breadcrumb">
            {crumbs.map(([path, text], at) => (
              <span key={path}>
                {at > 0 && '/ '}
                <Link to={path}>{text}</Link>
              </span>
            ))}
          </nav>
        )}
        <h1>{heading ?? title}</h1>
        {lead !== undefined && <p className="lead">{lead}</p>}
      </div>
      <div className="actions">{children}</div>
    </header>
  );
}
