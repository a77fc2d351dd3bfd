import { useEffect, useState } from 'react';
import { useLocation, useSearch } from 'wouter';
import { useGo } from './link.tsx';

/** What a list is filtered by, kept in the address: `set` replaces it there, so that Back leaves the list. */
export function useFilters(): {
  get: (name: string) => string;
  set: (changes: Readonly<Record<string, string>>) => void;
} {
  const search = useSearch();
  const [path] = useLocation();
  const go = useGo();
  const values = new URLSearchParams(search);
  const set = (changes: Readonly<Record<string, string>>): void => {
    const next = new URLSearchParams(search);
    for (const [name, value] of Object.entries(changes))
      if (value === '') next.delete(name);
      else next.set(name, value);
    const text = next.toString();
    go(text === '' ? path : `${path}?${text}`, { replace: true });
  };
  return { get: (name) => values.get(name) ?? '', set };
}

const typingMs = 180;

/** A text that is taken over once nobody types any more. */
export function useTyped(taken: string, take: (text: string) => void): [string, (text: string) => void] {
  const [text, setText] = useState(taken);
  const [before, setBefore] = useState(taken);
  if (before !== taken) {
    setBefore(taken);
    if (text.trim() !== taken) setText(taken);
  }
  useEffect(() => {
    if (text.trim() === taken) return;
    const timer = setTimeout(() => take(text.trim()), typingMs);
    return () => clearTimeout(timer);
  });
  return [text, setText];
}
