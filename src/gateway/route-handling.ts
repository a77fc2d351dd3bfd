import type { Route } from '@credit-ledger/contract/route.ts';
import type { Operation } from '@credit-ledger/contract/routes.ts';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Admission } from './admission.ts';
import { sendAnswer, type Answer } from './answer.ts';
import { isAudited, type Auditor } from './auditor.ts';
import { chooseLedger, requireScope, type Auth, type Caller } from './auth.ts';
import { parseParts, type AnyCall, type Handlers } from './call.ts';
import { parseJsonBody } from './json-body.ts';
import { visibleTo, withinWall } from './ledger-wall.ts';
import { limits } from './limits.ts';
import type { FourEyes } from './four-eyes.ts';
import type { Meter } from './metrics.ts';
import { checkRate } from './rate-check.ts';
import type { RateLimits } from './rate-limit.ts';
import { traceparentOf, type Tracing } from '../runtime/tracing.ts';
import { startRequestSpan } from './request-span.ts';
import type { ReadModels } from './read-models.ts';
import { accepts, checkBodyType, readCorrelationId, readTraceparent } from './request-head.ts';
import { RequestError } from './request-error.ts';
import type { Sandboxes } from './sandboxes.ts';
import type { SessionKeeper } from './session-keeper.ts';

/** Reads and writes are let in apart, so that neither holds up the other. */
export type Admissions = Readonly<Record<'reads' | 'writes', Admission>>;

/** A handler of any operation: the body of its call was parsed by the schemas of that very operation. */
type Handle = { handle(call: AnyCall): Promise<Answer> }['handle'];

/** Has a call carried out by the handler of its operation. */
export function handle(handlers: Handlers, call: AnyCall): Promise<Answer> {
  const of: Handle = handlers[call.operation];
  return of(call);
}

/** What every route is served with. */
export interface RouteParts {
  readonly operation: Operation;
  readonly route: Route;
  readonly handlers: Handlers;
  readonly auth: Auth;
  readonly sessions: Pick<SessionKeeper, 'credentialOf'>;
  readonly meterOf: (method: string, route: string) => Meter;
  readonly readModels: ReadModels | undefined;
  readonly auditor: Auditor;
  readonly fourEyes: FourEyes;
  readonly admissions: Admissions;
  readonly monotonicMs: () => number;
  readonly rates: RateLimits;
  readonly sandboxes: Sandboxes;
  readonly tracing: Tracing;
}

/** Serves one operation. */
export function addRoute(server: FastifyInstance, parts: RouteParts): void {
  const { route, handlers, readModels, auditor, fourEyes, tracing } = parts;
  const kind = route.method === 'GET' ? 'reads' : 'writes';
  const admission = parts.admissions[kind];
  const answer = async (call: AnyCall): Promise<Answer> => {
    const found = await handle(handlers, call);
    readModels?.noteAnswer(call, found);
    return found;
  };
  const carryOut = (request: FastifyRequest, call: AnyCall): Promise<Answer> => {
    const isHeld = fourEyes.wants(call);
    if (!isHeld && !isAudited(route, call.body)) return answer(call);
    return auditor.audit(request, call, async () => {
      const held = isHeld ? await fourEyes.hold(call, request) : undefined;
      return held ?? answer(call);
    });
  };
  server.route({
    method: route.method,
    url: route.path.replaceAll(/\{(\w+)\}/g, ':$1'),
    bodyLimit: route.large === true ? limits.batchBody : limits.body,
    onRequest: admit(parts),
    handler: async (request, reply) => {
      const call = toCall(parts, request);
      const lane = call.caller.usage[kind];
      const wait = admission.enter(lane);
      if (wait !== undefined) await wait;
      const since = admission.time();
      try {
        const seen = visibleTo(route.path, call.ledger, call.caller);
        const work = () => withinWall(seen, () => carryOut(request, call));
        return sendAnswer(reply, await tracing.within(request.span, work));
      } finally {
        admission.leave(lane, since);
      }
    },
  });
}

/** A thrown value that is no Error is a bug as well. */
export function fail(error: unknown, done: (error: Error) => void): void {
  done(error instanceof Error ? error : new Error('not an error was thrown', { cause: error }));
}

/** Lets a request pass whose head is acceptable and whose key may do this. */
function admit({ operation, route, auth, sessions, meterOf, monotonicMs, rates, tracing }: RouteParts) {
  const meter = meterOf(route.method, route.path);
  const offered = ['application/json', ...(route.alsoAnswers ?? [])];
  const { scope } = route;
  return (request: FastifyRequest, reply: FastifyReply, done: (error?: Error) => void): void => {
    const enter = (caller: Caller): Promise<void> | undefined => {
      request.caller = caller;
      if (scope !== 'any') requireScope(caller, scope);
      if (caller.perSecond === 0) return undefined;
      const state = rates.take(caller, monotonicMs());
      if (state instanceof Promise) return state.then((known) => checkRate(known, reply));
      checkRate(state, reply);
      return undefined;
    };
    request.meter = meter;
    request.span = startRequestSpan(tracing, route.method, route.path, request);
    try {
      const { headers } = request;
      if (!accepts(headers.accept, offered)) throw notAcceptable(offered);
      if (route.body !== undefined) checkBodyType(request.raw);
      headers.authorization = sessions.credentialOf(request, operation);
      const caller = auth.authenticate(headers.authorization);
      const entered = caller instanceof Promise ? caller.then(enter) : enter(caller);
      if (entered !== undefined) {
        entered.then(
          () => done(),
          (error: unknown) => fail(error, done),
        );
        return;
      }
    } catch (error) {
      fail(error, done);
      return;
    }
    done();
  };
}

function notAcceptable(offered: readonly string[]): RequestError {
  return new RequestError('not_acceptable', `the answer is available as ${offered.join(' or ')}`);
}

function toCall({ operation, route, sandboxes }: RouteParts, request: FastifyRequest): AnyCall {
  const { headers, span } = request;
  if (request.caller === null) throw new Error('a request passed without a caller');
  const caller = sandboxes.widen(request.caller);
  const body =
    request.body instanceof Buffer && request.body.length > 0 ? parseJsonBody(request.body) : undefined;
  return {
    operation,
    ...parseParts(route, request.params, request.raw.url ?? '', body),
    caller,
    ledger: sandboxes.named(chooseLedger(caller, headers['ledger'])),
    named: (name) => sandboxes.named(name),
    headers,
    traceparent: span === undefined ? readTraceparent(headers['traceparent']) : traceparentOf(span),
    correlationId: readCorrelationId(headers['correlation-id']),
  };
}
