import { useSyncExternalStore } from 'react';

export type Theme = 'light' | 'dark';

const wantsDark = matchMedia('(prefers-color-scheme: dark)');
const listeners = new Set<() => void>();

/** What was chosen, else what the system likes. */
function readTheme(): Theme {
  const chosen = localStorage.getItem('theme');
  if (chosen === 'light' || chosen === 'dark') return chosen;
  return wantsDark.matches ? 'dark' : 'light';
}

export function applyTheme(): void {
  document.documentElement.dataset['theme'] = readTheme();
  for (const listener of listeners) listener();
}

export function switchTheme(): void {
  localStorage.setItem('theme', readTheme() === 'dark' ? 'light' : 'dark');
  applyTheme();
}

wantsDark.addEventListener('change', applyTheme);
window.addEventListener('storage', applyTheme);

function listen(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function useTheme(): Theme {
  return useSyncExternalStore(listen, readTheme);
}
