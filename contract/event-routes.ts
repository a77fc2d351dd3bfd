import { eventPageOut } from './events.ts';
import { listEventsQuery } from './lists.ts';
import type { Route } from './route.ts';

/** The log of events, as pages or as a live feed. */
export const eventRoutes = {
  listEvents: {
    method: 'GET',
    path: '/v1/events',
    summary: 'Read the events of the ledger, or follow them live with `Accept: text/event-stream`',
    tag: 'Events',
    scope: 'read',
    query: listEventsQuery,
    status: 200,
    response: eventPageOut,
    alsoAnswers: ['text/event-stream'],
    refusals: ['account_not_found'],
    expires: true,
  },
} as const satisfies Record<string, Route>;
