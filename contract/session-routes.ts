import type { Route } from './route.ts';
import { sessionOut } from './sessions.ts';

const tag = 'Sessions';

/** Sessions of browsers: a cookie in place of the key, which the page then need not keep. */
export const sessionRoutes = {
  createSession: {
    method: 'POST',
    path: '/v1/session',
    summary:
      'Exchange the credential of this request, or the code of a sign-in link, for a session cookie',
    tag,
    scope: 'any',
    status: 201,
    response: sessionOut,
    audited: true,
  },
  readSession: {
    method: 'GET',
    path: '/v1/session',
    summary: 'Read who asks, and what that credential allows',
    tag,
    scope: 'any',
    status: 200,
    response: sessionOut,
  },
  endSession: {
    method: 'DELETE',
    path: '/v1/session',
    summary: 'Take the session cookie back',
    tag,
    scope: 'any',
    status: 200,
    response: sessionOut,
    audited: true,
  },
} as const satisfies Record<string, Route>;
