import type { Server } from 'node:http';
import type { OutboxOut } from '@credit-ledger/contract/outbox.ts';
import type { Route } from '@credit-ledger/contract/route.ts';
import { routes, type Operation } from '@credit-ledger/contract/routes.ts';
import Fastify, {
  type FastifyError,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
} from 'fastify';
import type { Pool } from 'pg';
import type { Registry } from 'prom-client';
import type { Redrives } from '../dead-letters/redrive.ts';
import type { Ledger } from '../ledger/commands.ts';
import type { Queryable } from '../ledger/read-answer.ts';
import type { Logger } from '../runtime/log.ts';
import type { AuditRecorder } from '../audit/audit-recorder.ts';
import { accountHandlers } from './accounts.ts';
import { analyticsHandlers } from './analytics.ts';
import type { Admission } from './admission.ts';
import { createAllowedMethods } from './allowed-methods.ts';
import { addCommonHeaders, sendAnswer, type Answer } from './answer.ts';
import { apiKeyHandlers, type RandomBytes } from './api-keys.ts';
import { auditLogHandlers } from './audit-log.ts';
import { Auditor, isAudited } from './auditor.ts';
import { chooseLedger, requireScope, type Auth, type Caller } from './auth.ts';
import { parseParts, type AnyCall, type Handlers } from './call.ts';
import { answerClientError, answerOddRequests } from './client-errors.ts';
import { createCors, type Cors } from './cors.ts';
import { currencyHandlers } from './currencies.ts';
import { deadLetterHandlers } from './dead-letters.ts';
import { registerDocs } from './docs.ts';
import { addDrain } from './drain.ts';
import { exportHandlers, type OpenExport } from './exports.ts';
import { entryHandlers } from './entries.ts';
import { eventHandlers } from './events.ts';
import { EventTail, type ReadLog } from './event-tail.ts';
import { registerHealth, type Dependency } from './health.ts';
import { registerInternal, type InternalRoute } from './internal.ts';
import { parseJsonBody } from './json-body.ts';
import { ledgerHandlers } from './ledgers.ts';
import { limits } from './limits.ts';
import { createMeters, showAdmissions, showFeeds, type Meter } from './metrics.ts';
import { jobHandlers } from './jobs.ts';
import { operatorHandlers } from './operator.ts';
import { periodHandlers } from './periods.ts';
import { reconciliationHandlers } from './reconciliations.ts';
import { outboxHandlers } from './outbox.ts';
import { previewHandlers } from './previews.ts';
import { answerError, answerProblem } from './problem.ts';
import { proofHandlers, type Seals } from './proofs.ts';
import { checkRate } from './rate-check.ts';
import { localRates, type RateLimits } from './rate-limit.ts';
import { ReadModels } from './read-models.ts';
import type { Reading } from './reading.ts';
import { reportHandlers } from './reports.ts';
import {
  accepts,
  checkBodyType,
  checkHead,
  readCorrelationId,
  createRequestIds,
  readTraceparent,
} from './request-head.ts';
import { RequestError } from './request-error.ts';
import { createRequestLog } from './request-log.ts';
import { statementHandlers } from './statements.ts';
import { createTlsServer, type Certificate } from './tls.ts';
import { transferHandlers } from './transfers.ts';
import { verificationHandlers } from './verifications.ts';
import { webhookHandlers, type WebhookParts } from './webhooks.ts';

declare module 'fastify' {
  interface FastifyRequest {
    caller: Caller | null;
    meter: Meter;
  }
}

/** What every HTTP server of this product needs. */
export interface ServerOptions {
  readonly config: { readonly host: string; readonly port: number };
  /** The certificate, for HTTPS. */
  readonly tls?: Certificate | undefined;
  /** Whose word counts on where a request comes from: addresses and ranges. */
  readonly trustedProxies?: readonly string[] | undefined;
  /** Of web pages that may call the API from a browser. */
  readonly corsOrigins?: readonly string[] | undefined;
  readonly log: Logger;
  readonly registry: Registry;
  readonly dependencies: readonly Dependency[];
  /** What other processes of this product may ask. */
  readonly internal?: InternalRoute | undefined;
  readonly random: RandomBytes;
  /** Where they differ from the limits. */
  readonly timeouts?: {
    readonly headersMs?: number;
    readonly requestMs?: number;
    readonly stalledMs?: number;
  };
}

export interface GatewayOptions extends ServerOptions, WebhookParts {
  readonly ledger: Ledger;
  /** Where reads go. */
  readonly db: Queryable;
  /** The ledger's own database: how far it is, and its API keys. */
  readonly primary: Queryable;
  /** Where balances and statements are read from; without it, from the ledger. */
  readonly readModelPool?: Pool;
  /** How dead letters are redriven. */
  readonly redrives?: Redrives;
  /** How far the worker has come with a transfer that is run later. */
  readonly readProcessing: Reading['readProcessing'];
  readonly auth: Auth;
  readonly pepper: string;
  readonly admissions: Admissions;
  /** Where the buckets of keys are kept; without it, here. */
  readonly rates?: RateLimits;
  readonly auditRecorder: AuditRecorder;
  /** How far the brokers are behind the log. */
  readonly readOutbox: () => Promise<OutboxOut>;
  readonly openExport: OpenExport;
  /** Signs heads. */
  readonly seals: Seals;
  /** The next events after a position, from the log or its archive. */
  readonly readLog: ReadLog;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly monotonicMs: () => number;
}

/** Reads and writes are let in apart, so that neither holds up the other. */
export type Admissions = Readonly<Record<'reads' | 'writes', Admission>>;

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
  const meterOf = createMeters(registry);
  const { auth } = options;
  const readModels = createReadModels(options);
  const tail = new EventTail(options.primary, options.readLog, log);
  showFeeds(registry, () => tail.readers);
  const handlers = createHandlers(options, { tail, readModels });
  const drain = addDrain(server);
  const auditor = new Auditor(options.auditRecorder);
  const { admissions, monotonicMs, rates = localRates } = options;
  showAdmissions(registry, admissions);
  addHooks(server, log, meterOf('any', 'none'), {
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
        meterOf,
        readModels,
        auditor,
        admissions,
        monotonicMs,
        rates,
      });
  }
  registerDocs(server);
  addOwnRoutes(server, options);
  return {
    listen: () => listenOn(server, options),
    close: () => {
      tail.close();
      return drain();
    },
  };
}

/** What a process without the public API serves: how it is, its metrics, and other processes of this product. */
export function createDoorway(options: ServerOptions): Gateway {
  const server = createServer(options);
  const drain = addDrain(server);
  addHooks(server, options.log, createMeters(options.registry)('any', 'none'), { served: plainRoutes });
  addOwnRoutes(server, options);
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
  { registry, dependencies, internal }: ServerOptions,
): void {
  registerHealth(server, dependencies);
  if (internal !== undefined) registerInternal(server, internal);
  server.get('/metrics', async (_request, reply) =>
    reply.type(registry.contentType).send(await registry.metrics()),
  );
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
    writeLog(request, reply);
    done();
  });
  server.setErrorHandler((error: FastifyError, request, reply) => {
    onRefusal?.(error, request);
    sendAnswer(reply, answerError(error) ?? answerBug(log, error, request));
  });
}

/** A thrown value that is no Error is a bug as well. */
function fail(error: unknown, done: (error: Error) => void): void {
  done(error instanceof Error ? error : new Error('not an error was thrown', { cause: error }));
}

/** The caller gets the request's id, by which the log has the rest. */
function answerBug(log: Logger, error: unknown, request: FastifyRequest): Answer {
  log.error({ err: error, request_id: request.id, route: request.meter.route }, 'a request met a bug');
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

/** A handler of any operation: the body of its call was parsed by the schemas of that very operation. */
type Handle = { handle(call: AnyCall): Promise<Answer> }['handle'];

interface RouteParts {
  readonly operation: Operation;
  readonly route: Route;
  readonly handlers: Handlers;
  readonly auth: Auth;
  readonly meterOf: (method: string, route: string) => Meter;
  readonly readModels: ReadModels | undefined;
  readonly auditor: Auditor;
  readonly admissions: Admissions;
  readonly monotonicMs: () => number;
  readonly rates: RateLimits;
}

function addRoute(server: FastifyInstance, parts: RouteParts): void {
  const { operation, route, handlers, readModels, auditor } = parts;
  const kind = route.method === 'GET' ? 'reads' : 'writes';
  const admission = parts.admissions[kind];
  const handle: Handle = handlers[operation];
  const answer = async (call: AnyCall): Promise<Answer> => {
    const found = await handle(call);
    readModels?.noteAnswer(call, found);
    return found;
  };
  server.route({
    method: route.method,
    url: route.path.replaceAll(/\{(\w+)\}/g, ':$1'),
    bodyLimit: route.large === true ? limits.batchBody : limits.body,
    onRequest: admit(parts),
    handler: async (request, reply) => {
      const call = toCall(operation, route, request);
      const lane = call.caller.usage[kind];
      const wait = admission.enter(lane);
      if (wait !== undefined) await wait;
      const since = admission.time();
      try {
        const found = isAudited(route, call.body)
          ? await auditor.audit(request, call, () => answer(call))
          : await answer(call);
        return sendAnswer(reply, found);
      } finally {
        admission.leave(lane, since);
      }
    },
  });
}

/** Lets a request pass whose head is acceptable and whose key may do this. */
function admit({ route, auth, meterOf, monotonicMs, rates }: RouteParts) {
  const meter = meterOf(route.method, route.path);
  const offered = ['application/json', ...(route.alsoAnswers ?? [])];
  const { scope } = route;
  return (request: FastifyRequest, reply: FastifyReply, done: (error?: Error) => void): void => {
    const enter = (caller: Caller): Promise<void> | undefined => {
      request.caller = caller;
      if (scope !== 'public') requireScope(caller, scope);
      if (caller.perSecond === 0) return undefined;
      const state = rates.take(caller, monotonicMs());
      if (state instanceof Promise) return state.then((known) => checkRate(known, reply));
      checkRate(state, reply);
      return undefined;
    };
    request.meter = meter;
    try {
      const { headers } = request;
      if (!accepts(headers.accept, offered)) throw notAcceptable(offered);
      if (route.body !== undefined) checkBodyType(request.raw);
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

function toCall(operation: Operation, route: Route, request: FastifyRequest): AnyCall {
  const { headers, caller } = request;
  if (caller === null) throw new Error('a request passed without a caller');
  const body =
    request.body instanceof Buffer && request.body.length > 0 ? parseJsonBody(request.body) : undefined;
  return {
    operation,
    ...parseParts(route, request.params, request.raw.url ?? '', body),
    caller,
    ledger: chooseLedger(caller, headers['ledger']),
    headers,
    traceparent: readTraceparent(headers['traceparent']),
    correlationId: readCorrelationId(headers['correlation-id']),
  };
}

function createReadModels({ readModelPool, primary }: GatewayOptions): ReadModels | undefined {
  return readModelPool === undefined ? undefined : new ReadModels(readModelPool, primary);
}

interface HandlerParts {
  readonly tail: EventTail;
  readonly readModels: ReadModels | undefined;
}

function createHandlers(options: GatewayOptions, { tail, readModels }: HandlerParts): Handlers {
  const { ledger, db, primary, auth, readProcessing, readOutbox, now, monotonicMs } = options;
  const { redrives = new Map() } = options;
  const reading: Reading = { db, primary, readModels, readProcessing, now, monotonicMs };
  return {
    ...accountHandlers(ledger, reading),
    ...transferHandlers(ledger, reading),
    ...entryHandlers(ledger, reading),
    ...eventHandlers({ tail, auth, stalledMs: options.timeouts?.stalledMs }, reading),
    ...outboxHandlers(readOutbox),
    ...auditLogHandlers(primary),
    ...previewHandlers(ledger),
    ...statementHandlers(reading),
    ...ledgerHandlers(ledger, reading),
    ...periodHandlers(ledger, reading),
    ...currencyHandlers(ledger, reading),
    ...apiKeyHandlers(primary, reading, options),
    ...reportHandlers(reading),
    ...analyticsHandlers(reading),
    ...operatorHandlers(reading),
    ...jobHandlers(primary),
    ...reconciliationHandlers(primary),
    ...deadLetterHandlers(reading, redrives),
    ...proofHandlers(reading, options.seals),
    ...verificationHandlers(reading),
    ...exportHandlers(options.openExport),
    ...webhookHandlers(reading, options),
  };
}
