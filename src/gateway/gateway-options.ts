import type { OutboxOut } from '@credit-ledger/contract/outbox.ts';
import type { Pool } from 'pg';
import type { Registry } from 'prom-client';
import type { AuditRecorder } from '../audit/audit-recorder.ts';
import type { Redrives } from '../dead-letters/redrive.ts';
import type { Ledger } from '../ledger/commands.ts';
import type { Queryable } from '../ledger/read-answer.ts';
import type { Logger } from '../runtime/log.ts';
import type { Tracing } from '../runtime/tracing.ts';
import type { RandomBytes } from './api-keys.ts';
import type { Auth } from './auth.ts';
import type { ConsoleOptions } from './console.ts';
import type { ReadLog } from './event-tail.ts';
import type { OpenExport } from './exports.ts';
import type { FourEyesRule } from './four-eyes.ts';
import type { Dependency } from './health.ts';
import type { InternalRoute } from './internal.ts';
import type { Seals } from './proofs.ts';
import type { RateLimits } from './rate-limit.ts';
import type { Reading } from './reading.ts';
import type { Admissions } from './route-handling.ts';
import type { SignInLinks } from './sign-in-links.ts';
import type { Certificate } from './tls.ts';
import type { WebhookParts } from './webhooks.ts';
import type { Sandboxes } from './sandboxes.ts';

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
  /** Codes that sign somebody in once. */
  readonly links?: SignInLinks | undefined;
  /** The built console, where this process serves it. */
  readonly console?: ConsoleOptions | undefined;
  readonly pepper: string;
  /** What the names of sandboxes stand for. */
  readonly sandboxes: Sandboxes;
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
