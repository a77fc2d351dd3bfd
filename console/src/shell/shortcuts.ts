import { useEffect, useEffectEvent, useRef } from 'react';
import { useSession } from '../api/session.tsx';
import { useGo } from '../parts/link.tsx';
import { groupsFor, newThings } from './views.ts';

/** The second key has to follow within this time. */
const sequenceMs = 1200;

/** `g a` goes to the accounts, `n t` makes a transfer, `/` searches, Ctrl or Command with K goes anywhere. */
export function useShortcuts(openPalette: () => void): void {
  const go = useGo();
  const { scopes } = useSession();
  const first = useRef({ key: '', at: 0 });
  const paths = new Map<string, string>([
    ...groupsFor(scopes).flatMap(({ views }) =>
      views.flatMap(({ shortcut, path }) =>
        shortcut === undefined ? [] : [[`g${shortcut}`, path] as const],
      ),
    ),
    ...(scopes.includes('write') ? newThings : []).map(({ keys, path }) => [keys, path] as const),
  ]);
  const hear = useEffectEvent((event: KeyboardEvent) => {
    const isPalette = event.key.toLowerCase() === 'k' && (event.metaKey || event.ctrlKey);
    if (isPalette || (event.key === '/' && !isTyping(event))) {
      event.preventDefault();
      openPalette();
      return;
    }
    if (isTyping(event) || event.metaKey || event.ctrlKey || event.altKey) return;
    const now = performance.now();
    const path =
      now - first.current.at < sequenceMs ? paths.get(first.current.key + event.key) : undefined;
    first.current = { key: event.key, at: now };
    if (path === undefined) return;
    event.preventDefault();
    go(path);
  });
  useEffect(() => {
    const listen = (event: KeyboardEvent): void => hear(event);
    document.addEventListener('keydown', listen);
    return () => document.removeEventListener('keydown', listen);
  }, []);
}

function isTyping({ target }: KeyboardEvent): boolean {
  return target instanceof HTMLElement && target.closest('input, select, textarea, dialog') !== null;
}
