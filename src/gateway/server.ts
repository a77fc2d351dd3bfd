import type { Server } from 'node:http';
import type { Route } from '@credit-ledger/contract/route.ts';
import { routes, type Operation } from '@credit-ledger/contract/routes.ts';
import Fastify, { type FastifyError, type FastifyInstance, type FastifyRequest } from 'fastify';
import type { Logger } from '../runtime/log.ts';
import { untraced, type Span } from '../runtime/tracing.ts';
import { createAllowedMethods } from './allowed-methods.ts';
import { addCommonHeaders, sendAnswer, type Answer } from './answer.ts';
import { Auditor } from './auditor.ts';
import type { Caller } from './auth.ts';
import { answerClientError, answerOddRequests } from './client-errors.ts';
import { consoleRoutes, registerConsole, type ConsoleOptions } from './console.ts';
import { createCors, type Cors } from './cors.ts';
import { registerDocs } from './docs.ts';
import { addDrain } from './drain.ts';
import { EventTail } from './event-tail.ts';
import { FourEyes } from './four-eyes.ts';
import type { GatewayOptions, ServerOptions } from './gateway-options.ts';
import { registerHealth } from './health.ts';
import { registerInternal } from './internal.ts';
import { IssuerClient } from './issuer-client.ts';
import { registerIssuerSignIn } from './issuer-sign-in.ts';
import { limits } from './limits.ts';
import { registerMetrics } from './metrics-route.ts';
import { createMeters, showAdmissions, showFeeds, type Meter } from './metrics.ts';
import { answerError, answerProblem } from './problem.ts';
import { createHandlers, createReadModels } from './operation-handlers.ts';
import { localRates } from './rate-limit.ts';
import { checkHead, createRequestIds, readCorrelationId } from './request-head.ts';
import { createRequestLog, describeRequest } from './request-log.ts';
import { endRequestSpan } from './request-span.ts';
import { RecentLatencies } from './recent-latencies.ts';
import { addRoute, fail } from './route-handling.ts';
import { SessionKeeper } from './session-keeper.ts';
import { createTlsServer } from './tls.ts';

declare module 'fastify' {
  interface FastifyRequest {
    caller: Caller | null;
    meter: Meter;
    /** Where it is traced. */
    span: Span | undefined;
  }
}

export interface Gateway {
  /** Begins to serve. @returns its address, such as http://127.0.0.1:4000 */
  readonly listen: () => Promise<string>;
  /** Tells clients to leave, then takes no new connections, answers what is running, and ends. */
  readonly close: () => Promise<void>;
}

/** The public HTTP API. */
export function createGateway(options: GatewayOptions): Gateway {
  const { log, registry } = options;
  const server = createServer(options);
  const latencies = new RecentLatencies(options.monotonicMs);
  const meterOf = createMeters(registry, (ms) => latencies.note(ms));
  const { auth } = options;
  const readModels = createReadModels(options);
  const tail = new EventTail(options.primary, options.readLog, log);
  showFeeds(registry, () => tail.readers);
  const auditor = new Auditor(options.auditRecorder);
  const { fourEyes: rules = [], approvalMs = 0, primary: db } = options;
  const fourEyes = new FourEyes({ db, rules, approvalMs, auditor });
  const sessions = new SessionKeeper(options);
  const handlers = createHandlers(options, {
    tail,
    readModels,
    fourEyes,
    auditor,
    sessions,
    latencies,
  });
  const drain = addDrain(server);
  const { admissions, monotonicMs, rates = localRates, tracing = untraced, sandboxes } = options;
  showAdmissions(registry, admissions);
  addHooks(server, log, meterOf('any', 'none'), {
    served: options.console === undefined ? publicRoutes : withConsole,
    onRefusal: auditor.noteRefusal,
    cors: createCors(options.corsOrigins ?? []),
  });
  for (const [operation, route] of Object.entries<Route>(routes)) {
    if (isOperation(operation))
      addRoute(server, {
        operation,
        route,
        handlers,
        auth,
        sessions,
        meterOf,
        readModels,
        auditor,
        fourEyes,
        admissions,
        monotonicMs,
        rates,
        sandboxes,
        tracing,
      });
  }
  registerDocs(server);
  if (options.console !== undefined) addConsole(server, options.console, options, sessions, auditor);
  addOwnRoutes(server, options, auditor);
  return {
    listen: () => listenOn(server, options),
    close: () => {
      tail.close();
      return drain();
    },
  };
}

/** The console, and signing in with the issuer where there is one. */
function addConsole(
  server: FastifyInstance,
  front: ConsoleOptions,
  { auth, pepper, random, now }: GatewayOptions,
  sessions: SessionKeeper,
  auditor: Auditor,
): void {
  registerConsole(server, front);
  if (front.issuer === undefined) return;
  const client = new IssuerClient(front.issuer);
  const { noteRefusal: onRefusal, noteSignIn } = auditor;
  const heard = { onRefusal, noteSignIn };
  registerIssuerSignIn(server, { client, auth, sessions, pepper, random, now, ...heard });
}

/** What a process without the public API serves: how it is, its metrics, and other processes of this product. */
export function createDoorway(options: ServerOptions): Gateway {
  const server = createServer(options);
  const drain = addDrain(server);
  addHooks(server, options.log, createMeters(options.registry)('any', 'none'), { served: plainRoutes });
  const { auditRecorder } = options;
  addOwnRoutes(server, options, auditRecorder && new Auditor(auditRecorder));
  return { listen: () => listenOn(server, options), close: drain };
}

async function listenOn(
  server: FastifyInstance,
  { config: { host, port }, tls }: ServerOptions,
): Promise<string> {
  const address = await server.listen({ host, port });
  return tls === undefined ? address : address.replace(/^http:/, 'https:');
}

/** The routes that every process has. */
function addOwnRoutes(
  server: FastifyInstance,
  { registry, dependencies, internal, metricsToken }: ServerOptions,
  auditor: Auditor | undefined,
): void {
  registerHealth(server, dependencies);
  if (internal !== undefined) registerInternal(server, internal, auditor?.noteStranger);
  registerMetrics(server, registry, metricsToken);
  answerOddRequests(server.server);
}

function isOperation(name: string): name is Operation {
  return name in routes;
}

function createServer({ timeouts, random, tls, trustedProxies = [] }: ServerOptions): FastifyInstance {
  const { headersMs, requestMs } = { ...limits, ...timeouts };
  const nameRequest = createRequestIds(random(9));
  const http = {
    // The address counts too, and a read of many balances has a long one: the headers alone are checked
    // later.
    maxHeaderSize: limits.address + limits.headers,
    headersTimeout: headersMs,
    connectionsCheckingInterval: Math.min(1000, headersMs),
    requireHostHeader: false,
    requestTimeout: requestMs,
    keepAliveTimeout: limits.keepAliveMs,
  };
  const server = Fastify<Server>({
    ...(tls === undefined
      ? { http }
      : { serverFactory: (handler) => createTlsServer(tls, http, handler) }),
    trustProxy: trustedProxies.length > 0 && [...trustedProxies],
    requestTimeout: requestMs,
    keepAliveTimeout: limits.keepAliveMs,
    bodyLimit: limits.body,
    routerOptions: { maxParamLength: limits.pathPart, querystringParser: () => ({}) },
    genReqId: (request) => nameRequest(request.headers['request-id']),
    clientErrorHandler: answerClientError,
    frameworkErrors: (error, _request, reply) => {
      const answer =
        answerError(error) ?? answerProblem({ code: 'internal_error', detail: 'the request failed' });
      sendAnswer(reply, answer);
    },
    return503OnClosing: false,
    forceCloseConnections: 'idle',
  });
  // The body is parsed by its handler, so that one that is not JSON does not end the connection.
  server.removeAllContentTypeParsers();
  server.addContentTypeParser('application/json', { parseAs: 'buffer' }, (_request, body, done) =>
    done(null, body),
  );
  return server;
}

const getOf = (path: string) => ({ method: 'GET', path });
const plainRoutes = ['/healthz', '/readyz', '/metrics'].map(getOf);
const documents = ['/openapi.json', '/docs', '/docs/errors', '/docs/js/scalar.js'].map(getOf);
const publicRoutes = [...Object.values(routes), ...plainRoutes, ...documents];
const withConsole = [...publicRoutes, ...consoleRoutes.map(getOf)];

interface HookOptions {
  readonly served?: Parameters<typeof createAllowedMethods>[0];
  /** Hears of every request that failed. */
  readonly onRefusal?: (error: unknown, request: FastifyRequest) => void;
  readonly cors?: Cors | undefined;
}

function addHooks(
  server: FastifyInstance,
  log: Logger,
  unrouted: Meter,
  { served = publicRoutes, onRefusal, cors }: HookOptions,
): void {
  const allowedMethods = createAllowedMethods(served);
  const writeLog = createRequestLog(log);
  server.decorateRequest('caller', null);
  server.decorateRequest('meter');
  server.decorateRequest('span');
  server.addHook('onRequest', (request, reply, done) => {
    request.meter = unrouted;
    try {
      checkHead(request.raw);
      const correlationId = readCorrelationId(request.headers['correlation-id']);
      if (correlationId !== undefined) reply.header('correlation-id', correlationId);
      if (cors?.(request, reply) === true) return;
      if (request.is404) sendAnswer(reply, answerUnrouted(request, allowedMethods));
      else done();
    } catch (error) {
      fail(error, done);
    }
  });
  server.addHook('onSend', (_request, reply, payload, done) => {
    addCommonHeaders(reply);
    done(null, payload);
  });
  server.addHook('onResponse', (request, reply, done) => {
    request.meter.observe(reply.statusCode, reply.elapsedTime / 1000);
    if (request.span !== undefined) endRequestSpan(request.span, request, reply);
    writeLog(request, reply);
    done();
  });
  server.setErrorHandler((error: FastifyError, request, reply) => {
    onRefusal?.(error, request);
    sendAnswer(reply, answerError(error) ?? answerBug(log, error, request));
  });
}

/** The caller gets the request's id, by which the log has the rest. */
function answerBug(log: Logger, error: unknown, request: FastifyRequest): Answer {
  log.error({ err: error, ...describeRequest(request) }, 'a request met a bug');
  return answerProblem({
    code: 'internal_error',
    detail: 'the server failed; the log has more under the request id',
  });
}

function answerUnrouted(request: FastifyRequest, allowedMethods: (url: string) => string[]): Answer {
  const allowed = allowedMethods(request.url);
  if (allowed.length === 0)
    return answerProblem({ code: 'not_found', detail: 'there is nothing at this address' });
  const allow = allowed.join(', ');
  return answerProblem({ code: 'method_not_allowed', detail: `this resource has ${allow}` }, { allow });
}
