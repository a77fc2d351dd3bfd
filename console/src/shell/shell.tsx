import { Suspense, useEffect, useRef, useState, useSyncExternalStore, type ReactNode } from 'react';
import { useLocation } from 'wouter';
import { Icon } from '../parts/icons.tsx';
import { Bones } from '../parts/states.tsx';
import { Toasts } from '../parts/toasts.tsx';
import { Palette } from './palette.tsx';
import { useShortcuts } from './shortcuts.ts';
import { Sidebar } from './sidebar.tsx';

function listenOnline(listener: () => void): () => void {
  window.addEventListener('online', listener);
  window.addEventListener('offline', listener);
  return () => {
    window.removeEventListener('online', listener);
    window.removeEventListener('offline', listener);
  };
}

const isMac = /Mac|iPhone|iPad/.test(navigator.userAgent);

/** What stands around every page. */
export function Shell({ children }: { children: ReactNode }) {
  const [isOpen, setOpen] = useState(false);
  const [hasPalette, setPalette] = useState(false);
  const isOnline = useSyncExternalStore(listenOnline, () => navigator.onLine);
  const main = useFocusedMain();
  useShortcuts(() => setPalette(true));
  return (
    <div className={`shell${isOpen ? ' is-open' : ''}`}>
      <a href="#main" className="skip">
        Skip to content
      </a>
      <Sidebar onNavigate={() => setOpen(false)} />
      {isOpen && (
        <button
          type="button"
          className="scrim"
          aria-label="Close the navigation"
          onClick={() => setOpen(false)}
        />
      )}
      <div className="page">
        <div className="topbar">
          <button
            type="button"
            className="icon-button menu-button"
            aria-label="Navigation"
            aria-expanded={isOpen}
            aria-controls="sidebar"
            onClick={() => setOpen(!isOpen)}
          >
            <Icon name="menu" />
          </button>
          <button type="button" className="search-button" onClick={() => setPalette(true)}>
            <Icon name="search" />
            Search or go to
            <kbd>{isMac ? '⌘ K' : 'Ctrl K'}</kbd>
          </button>
          <span className="spring" />
        </div>
        {!isOnline && (
          <div className="offline" role="status">
            You are offline. What was read before is still here; it is read again when the connection is
            back.
          </div>
        )}
        <main id="main" className="content" tabIndex={-1} ref={main}>
          <Suspense fallback={<Bones rows={8} />}>{children}</Suspense>
        </main>
      </div>
      {hasPalette && <Palette onClose={() => setPalette(false)} />}
      <Toasts />
    </div>
  );
}

/** A new page is where a screen reader goes on, and it begins at its top. */
function useFocusedMain() {
  const [path] = useLocation();
  const main = useRef<HTMLElement>(null);
  const before = useRef(path);
  useEffect(() => {
    if (before.current === path) return;
    before.current = path;
    main.current?.focus({ preventScroll: true });
    window.scrollTo(0, 0);
  }, [path]);
  return main;
}
