import { isProblem } from '@credit-ledger/sdk';
import { useEffect, useEffectEvent, useState, type FormEvent } from 'react';
import { signIn } from '../api/client.ts';
import { queryClient } from '../api/queries.ts';
import { tellTabs } from '../api/session.tsx';
import { TextField } from '../parts/fields.tsx';
import { Failure } from '../parts/states.tsx';
import { useAction } from '../parts/use-action.ts';
import { Brand } from '../shell/sidebar.tsx';

const offers = document.querySelector('meta[name="sign-in"]')?.getAttribute('content') ?? '';
const linkCode = /^#cl_once_[\w-]+$/;

/** Where somebody goes on who had to sign in: here, unless this is the page for it. */
function nextPath(): string {
  return location.pathname === '/sign-in' ? '/' : location.pathname + location.search;
}

export function SignIn() {
  const [key, setKey] = useState('');
  const { isRunning, error, run } = useAction(signIn, () => {
    tellTabs();
    void queryClient.invalidateQueries();
  });
  // The code of a link is good once, so it has no business in the address or the history.
  const follow = useEffectEvent(() => {
    if (!linkCode.test(location.hash)) return;
    const code = location.hash.slice(1);
    history.replaceState(null, '', '/sign-in');
    run(code);
  });
  useEffect(() => follow(), []);
  useEffect(() => {
    document.title = 'Sign in · credit-ledger';
  }, []);
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (key.trim() !== '') run(key.trim());
  };
  return (
    <main className="sign-in">
      <form className="card sign-in-card" onSubmit={submit}>
        <div className="sign-in-brand">
          <Brand />
          <h1>Sign in to credit-ledger</h1>
        </div>
        {error !== undefined && <SignInFailure error={error} />}
        {error === undefined && (
          <IssuerFailure why={new URLSearchParams(location.search).get('failed')} />
        )}
        {offers.includes('issuer') && (
          <a className="button" href={`/sign-in/issuer?next=${encodeURIComponent(nextPath())}`}>
            Sign in with your organisation
          </a>
        )}
        <TextField
          label="API key"
          type="password"
          value={key}
          onChange={setKey}
          placeholder="cl_live_…"
          hint="This page does not keep it: it is exchanged for a cookie that scripts can not read."
        />
        <button type="submit" className="button primary" disabled={isRunning}>
          {isRunning ? 'Signing in' : 'Sign in'}
        </button>
      </form>
      <p className="dim">
        The server prints a sign-in link when it starts. The administrator’s key is in{' '}
        <code>admin.key</code> of its data directory.
      </p>
    </main>
  );
}

function SignInFailure({ error }: { error: unknown }) {
  if (!isProblem(error, 'unauthorized')) return <Failure error={error} />;
  return (
    <div className="notice bad" role="alert">
      <strong>This key does not count.</strong> It is mistyped, revoked or expired, or its link was used
      before. Links are good once, for a quarter of an hour.
    </div>
  );
}

const failures: Readonly<Record<string, string>> = {
  unreachable: 'It can not be reached now. Try again in a moment.',
  stale: 'It took too long, or was begun in another browser. Try again.',
  refused: 'It gave no token that this ledger accepts. Ask for a scope and a ledger there.',
};

function IssuerFailure({ why }: { why: string | null }) {
  const words = why === null ? undefined : failures[why];
  if (words === undefined) return null;
  return (
    <div className="notice bad" role="alert">
      <strong>Your organisation did not sign you in.</strong> {words}
    </div>
  );
}
