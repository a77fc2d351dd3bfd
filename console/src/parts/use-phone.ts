import { useSyncExternalStore } from 'react';

/** As the styles have it, where a row folds into two lines. */
const phone = matchMedia('(max-width: 600px)');

function listen(listener: () => void): () => void {
  phone.addEventListener('change', listener);
  return () => phone.removeEventListener('change', listener);
}

/** Whether the window is as narrow as a phone. */
export function useIsPhone(): boolean {
  return useSyncExternalStore(listen, () => phone.matches);
}
