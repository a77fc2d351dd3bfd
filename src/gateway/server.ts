import type { Server } from 'node:http';
import type { OutboxOut } from '@credit-ledger/contract/outbox.ts';
import type { Route } from '@credit-ledger/contract/route.ts';
import { routes, type Operation } from '@credit-ledger/contract/routes.ts';
import Fastify, { type FastifyError, type FastifyInstance, type FastifyRequest } from 'fastify';
import type { Pool } from 'pg';
import type { Registry } from 'prom-client';
import type { Redrives } from '../dead-letters/redrive.ts';
import type { Ledger } from '../ledger/commands.ts';
import type { Queryable } from '../ledger/read-answer.ts';
import type { Logger } from '../runtime/log.ts';
import { untraced, type Span, type Tracing } from '../runtime/tracing.ts';
import type { AuditRecorder } from '../audit/audit-recorder.ts';
import { accountHandlers } from './accounts.ts';
import { analyticsHandlers } from './analytics.ts';
import { approvalHandlers } from './approvals.ts';
import { createAllowedMethods } from './allowed-methods.ts';
import { addCommonHeaders, sendAnswer, type Answer } from './answer.ts';
import { apiKeyHandlers, type RandomBytes } from './api-keys.ts';
import { auditLogHandlers } from './audit-log.ts';
import { Auditor } from './auditor.ts';
import type { Auth, Caller } from './auth.ts';
import type { Handlers } from './call.ts';
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
import { FourEyes, type FourEyesRule } from './four-eyes.ts';
import { registerHealth, type Dependency } from './health.ts';
import { registerInternal, type InternalRoute } from './internal.ts';
import { ledgerHandlers } from './ledgers.ts';
import { limits } from './limits.ts';
import { registerMetrics } from './metrics-route.ts';
import { createMeters, showAdmissions, showFeeds, type Meter } from './metrics.ts';
import { jobHandlers } from './jobs.ts';
import { operatorHandlers } from './operator.ts';
import { periodHandlers } from './periods.ts';
import { reconciliationHandlers } from './reconciliations.ts';
import { outboxHandlers } from './outbox.ts';
import { previewHandlers } from './previews.ts';
import { answerError, answerProblem } from './problem.ts';
import { proofHandlers, type Seals } from './proofs.ts';
import { localRates, type RateLimits } from './rate-limit.ts';
import { ReadModels } from './read-models.ts';
import type { Reading } from './reading.ts';
import { reportHandlers } from './reports.ts';
import { checkHead, createRequestIds, readCorrelationId } from './request-head.ts';
import { createRequestLog, describeRequest } from './request-log.ts';
import { endRequestSpan } from './request-span.ts';
import { addRoute, fail, handle, type Admissions } from './route-handling.ts';
import { statementHandlers } from './statements.ts';
import { createTlsServer, type Certificate } from './tls.ts';
import { transferHandlers } from './transfers.ts';
import { verificationHandlers } from './verifications.ts';
import { webhookHandlers, type WebhookParts } from './webhooks.ts';

declare module 'fastify' {
  interface FastifyRequest {
    caller: Caller | null;
    meter: Meter;
    /** Where it is traced. */
    span: Span | undefined;
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
  /** Without it nothing is traced. */
  readonly tracing?: Tracing;
  readonly dependencies: readonly Dependency[];
  /** What other processes of this product may ask. */
  readonly internal?: InternalRoute | undefined;
  /** What whoever reads the metrics has to show; without it, nothing. */
  readonly metricsToken?: string | undefined;
  /** Writes down who was refused. */
  readonly auditRecorder?: AuditRecorder;
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
  /** The same for requests; without it, that pool. */
  readonly readModelDb?: Queryable;
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
  /** What waits for another administrator, and for how long. */
  readonly fourEyes?: readonly FourEyesRule[] | undefined;
  readonly approvalMs?: number;
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
  const auditor = new Auditor(options.auditRecorder);
  const { fourEyes: rules = [], approvalMs = 0, primary: db } = options;
  const fourEyes = new FourEyes({ db, rules, approvalMs, auditor });
  const handlers = createHandlers(options, { tail, readModels, fourEyes, auditor });
  const drain = addDrain(server);
  const { admissions, monotonicMs, rates = localRates, tracing = untraced } = options;
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
        fourEyes,
        admissions,
        monotonicMs,
        rates,
        tracing,
      });
  }
  registerDocs(server);
  addOwnRoutes(server, options, auditor);
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

function createReadModels(options: GatewayOptions): ReadModels | undefined {
  const { readModelPool, readModelDb, db } = options;
  return readModelPool === undefined ? undefined : new ReadModels(readModelPool, db, readModelDb);
}

interface HandlerParts {
  readonly tail: EventTail;
  readonly readModels: ReadModels | undefined;
  readonly fourEyes: FourEyes;
  readonly auditor: Auditor;
}

function createHandlers(options: GatewayOptions, parts: HandlerParts): Handlers {
  const { tail, readModels, fourEyes, auditor } = parts;
  const { ledger, db, primary, auth, readProcessing, readOutbox, now, monotonicMs } = options;
  const { redrives = new Map() } = options;
  const reading: Reading = { db, primary, readModels, readProcessing, now, monotonicMs };
  const handlers: Handlers = {
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
    ...approvalHandlers({ db: primary, fourEyes, auditor, carryOut: (call) => handle(handlers, call) }),
    ...webhookHandlers(reading, options),
  };
  return handlers;
}
