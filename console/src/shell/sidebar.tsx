import { useQuery } from '@tanstack/react-query';
import { useLocation } from 'wouter';
import { clientFor } from '../api/client.ts';
import { useLedgerName } from '../api/ledger.ts';
import { signOut, useSession } from '../api/session.tsx';
import { Icon } from '../parts/icons.tsx';
import { Link, useGo } from '../parts/link.tsx';
import { switchTheme, useTheme } from './theme.ts';
import { groupsFor, type View } from './views.ts';

function isCurrent(path: string, here: string): boolean {
  if (path === '/') return here === '/';
  if (path === '/journal') return here === '/journal' || here.startsWith('/journal/entries/');
  return here === path || here.startsWith(`${path}/`);
}

export function Sidebar({ onNavigate }: { onNavigate: () => void }) {
  const [here] = useLocation();
  const session = useSession();
  const item = ({ path, name, icon }: View) => (
    <li key={path} onClick={onNavigate}>
      <Link to={path} isCurrent={isCurrent(path, here)}>
        <Icon name={icon} />
        {name}
      </Link>
    </li>
  );
  return (
    <div className="sidebar" id="sidebar">
      <Link to="/" className="brand">
        <Brand />
        credit-ledger
      </Link>
      <LedgerChoice />
      <nav aria-label="Views" className="nav">
        {groupsFor(session.scopes).map(({ name, views }) => (
          <div key={name}>
            <div className="nav-group">{name}</div>
            <ul>{views.map(item)}</ul>
          </div>
        ))}
      </nav>
      <SidebarFoot />
    </div>
  );
}

function SidebarFoot() {
  const { key_id: keyId, scopes } = useSession();
  const theme = useTheme();
  return (
    <div className="sidebar-foot">
      <div>
        <div className="who" title={keyId}>
          {keyId}
        </div>
        <div className="dim who">{scopes.join(', ')}</div>
      </div>
      <div className="foot-row">
        <button
          type="button"
          className="icon-button"
          onClick={switchTheme}
          aria-label={theme === 'dark' ? 'Use the light theme' : 'Use the dark theme'}
        >
          <Icon name={theme === 'dark' ? 'sun' : 'moon'} />
        </button>
        <a href="/docs" className="button quiet small">
          API reference
        </a>
        <button
          type="button"
          className="icon-button"
          onClick={() => void signOut()}
          aria-label="Sign out"
          title="Sign out"
        >
          <Icon name="leave" />
        </button>
      </div>
    </div>
  );
}

/** Only where there is a choice. */
function LedgerChoice() {
  const chosen = useLedgerName();
  const go = useGo();
  const { data = [] } = useQuery({
    queryKey: ['ledgers'],
    queryFn: () => clientFor('').listLedgers({ limit: 200 }).take(200),
    staleTime: 60_000,
    retry: false,
  });
  const { ledgers } = useSession();
  if (data.length < 2) return null;
  const first = ledgers[0] === undefined || ledgers[0] === '*' ? 'main' : ledgers[0];
  return (
    <select
      className="input"
      aria-label="Ledger"
      value={chosen === '' ? first : chosen}
      onChange={(event) => go(`/?ledger=${encodeURIComponent(event.target.value)}`)}
    >
      {data.map(({ name }) => (
        <option key={name}>{name}</option>
      ))}
    </select>
  );
}

export function Brand() {
  return (
    <svg viewBox="0 0 32 32" aria-hidden="true">
      <rect width="32" height="32" rx="7" fill="#3d4fd6" />
      <path d="M7 9h18M16 9v15" stroke="#fff" strokeWidth="2.6" strokeLinecap="round" />
      <path
        d="M9.5 14.5h3M9.5 19h3M19.5 14.5h3"
        stroke="#c9d0ff"
        strokeWidth="2.4"
        strokeLinecap="round"
      />
    </svg>
  );
}
