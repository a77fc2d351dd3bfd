import { formatTime } from '@credit-ledger/contract/times.ts';
import type { Answer } from './answer.ts';
import type { AnyCall, Handlers } from './call.ts';
import { endCookie, type SessionKeeper } from './session-keeper.ts';

/** Sessions of browsers, and who asks. */
export function sessionHandlers(
  sessions: SessionKeeper,
): Handlers<'createSession' | 'readSession' | 'endSession'> {
  return {
    createSession: async (call) => {
      const credential = (call.headers.authorization ?? '').replace(/^bearer +/i, '');
      const { cookie, expiresAt } = sessions.begin(credential, isSecure(call));
      return { ...viewSession(call, expiresAt), status: 201, headers: { 'set-cookie': cookie } };
    },
    readSession: async (call) => viewSession(call, sessions.endOf(call.headers)),
    endSession: async (call) => {
      const headers = { 'set-cookie': endCookie(isSecure(call)) };
      return { ...viewSession(call, sessions.endOf(call.headers)), headers };
    },
  };
}

/** As the page sees it that asks; browsers say so with whatever is no plain read. */
function isSecure({ headers }: AnyCall): boolean {
  return headers.origin?.startsWith('https:') === true;
}

/** @param endsAt of the session, in milliseconds since 1970; undefined where there is none */
function viewSession({ caller }: AnyCall, endsAt: number | undefined): Answer {
  const end = Math.min(caller.expiresAt, endsAt ?? Number.POSITIVE_INFINITY);
  const body = {
    key_id: caller.keyId,
    scopes: [...caller.scopes],
    ledgers: [...new Set(caller.ledgers)],
    expires_at: Number.isFinite(end) ? formatTime(end) : null,
    by: endsAt === undefined ? 'credential' : 'session',
  };
  return { status: 200, body, headers: {} };
}
