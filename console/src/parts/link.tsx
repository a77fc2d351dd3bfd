import type { ReactNode } from 'react';
import { Link as RouterLink, useLocation } from 'wouter';
import { useLedgerName } from '../api/ledger.ts';

/** An address of the console that keeps to the ledger at hand. */
export function withLedger(path: string, ledger: string): string {
  if (ledger === '' || /[?&]ledger=/.test(path)) return path;
  return `${path}${path.includes('?') ? '&' : '?'}ledger=${encodeURIComponent(ledger)}`;
}

interface LinkProps {
  readonly to: string;
  readonly children: ReactNode;
  readonly className?: string;
  readonly isCurrent?: boolean;
  readonly label?: string;
}

export function Link({ to, children, className, isCurrent, label }: LinkProps) {
  const ledger = useLedgerName();
  return (
    <RouterLink
      href={withLedger(to, ledger)}
      className={className ?? ''}
      aria-current={isCurrent === true ? 'page' : undefined}
      aria-label={label}
    >
      {children}
    </RouterLink>
  );
}

/** Goes to another view of the same ledger. */
export function useGo(): (path: string, options?: { replace?: boolean }) => void {
  const [, navigate] = useLocation();
  const ledger = useLedgerName();
  return (path, options) => navigate(withLedger(path, ledger), options);
}
