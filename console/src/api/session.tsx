import { isProblem, type Session } from '@credit-ledger/sdk';
import { useQuery } from '@tanstack/react-query';
import { createContext, use, useEffect, type ReactNode } from 'react';
import { clientFor } from './client.ts';
import { useLedgerName } from './ledger.ts';
import { queryClient } from './queries.ts';

export type Scope = Session['scopes'][number];

/** Asked again so often, and at the end of the session. */
const everyMs = 120_000;
const leastMs = 1000;

const SessionContext = createContext<Session | undefined>(undefined);

/** Tells the other tabs of this browser. */
const channel = new BroadcastChannel('credit-ledger');

export function tellTabs(): void {
  // A channel has no origin but its own.
  // oxlint-disable-next-line unicorn/require-post-message-target-origin
  channel.postMessage('session');
}

async function readSession(): Promise<Session | null> {
  try {
    return await clientFor('').readSession();
  } catch (error) {
    if (isProblem(error, 'unauthorized')) return null;
    throw error;
  }
}

/** Who is signed in: null is nobody, undefined is not known yet. */
export function useSessionQuery() {
  useEffect(() => {
    const listen = (): void => void queryClient.invalidateQueries({ queryKey: ['session'] });
    channel.addEventListener('message', listen);
    return () => channel.removeEventListener('message', listen);
  }, []);
  return useQuery({
    queryKey: ['session'],
    queryFn: readSession,
    staleTime: 60_000,
    refetchInterval: ({ state: { data } }) => Math.max(Math.min(untilEndOf(data), everyMs), leastMs),
  });
}

/** Milliseconds until a session is over: whoever looks then is asked to sign in again, at the same address. */
function untilEndOf(session: Session | null | undefined): number {
  const endsAt = session?.expires_at ?? null;
  return endsAt === null ? Number.POSITIVE_INFINITY : Date.parse(endsAt) - Date.now();
}

export function SessionProvider({ session, children }: { session: Session; children: ReactNode }) {
  return <SessionContext value={session}>{children}</SessionContext>;
}

export function useSession(): Session {
  const session = use(SessionContext);
  if (session === undefined) throw new Error('only shown to whoever is signed in');
  return session;
}

/** The ledger at hand by its name: the first that the key may use, where the address names none. */
export function useResolvedLedger(): string {
  const named = useLedgerName();
  const [first = '*'] = useSession().ledgers;
  if (named !== '') return named;
  return first === '*' ? 'main' : first;
}

/** Whether the key may do what needs this scope: what it may not is not offered. */
export function useMay(scope: Scope): boolean {
  return useSession().scopes.includes(scope);
}

/** Takes the cookie back, and forgets what was read. */
export async function signOut(): Promise<void> {
  await clientFor('').endSession();
  queryClient.clear();
  tellTabs();
  location.assign('/sign-in');
}
