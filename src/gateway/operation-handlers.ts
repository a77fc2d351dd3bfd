import { accountHandlers } from './accounts.ts';
import { analyticsHandlers } from './analytics.ts';
import { apiKeyHandlers } from './api-keys.ts';
import { approvalHandlers } from './approvals.ts';
import { auditLogHandlers } from './audit-log.ts';
import type { Auditor } from './auditor.ts';
import type { Handlers } from './call.ts';
import { currencyHandlers } from './currencies.ts';
import { deadLetterHandlers } from './dead-letters.ts';
import { entryHandlers } from './entries.ts';
import type { EventTail } from './event-tail.ts';
import { eventHandlers } from './events.ts';
import { exportHandlers } from './exports.ts';
import type { FourEyes } from './four-eyes.ts';
import type { GatewayOptions } from './gateway-options.ts';
import { jobHandlers } from './jobs.ts';
import { ledgerHandlers } from './ledgers.ts';
import { operatorHandlers } from './operator.ts';
import { outboxHandlers } from './outbox.ts';
import { periodHandlers } from './periods.ts';
import { previewHandlers } from './previews.ts';
import { proofHandlers } from './proofs.ts';
import { ReadModels } from './read-models.ts';
import type { Reading } from './reading.ts';
import { reconciliationHandlers } from './reconciliations.ts';
import type { RecentLatencies } from './recent-latencies.ts';
import { reportHandlers } from './reports.ts';
import { handle } from './route-handling.ts';
import type { SessionKeeper } from './session-keeper.ts';
import { sessionHandlers } from './sessions.ts';
import { statementHandlers } from './statements.ts';
import { transferHandlers } from './transfers.ts';
import { verificationHandlers } from './verifications.ts';
import { webhookHandlers } from './webhooks.ts';

/** Balances and statements from the read models, where there are any. */
export function createReadModels(options: GatewayOptions): ReadModels | undefined {
  const { readModelPool, readModelDb, db } = options;
  return readModelPool === undefined ? undefined : new ReadModels(readModelPool, db, readModelDb);
}

interface HandlerParts {
  readonly tail: EventTail;
  readonly readModels: ReadModels | undefined;
  readonly fourEyes: FourEyes;
  readonly auditor: Auditor;
  readonly sessions: SessionKeeper;
  readonly latencies: RecentLatencies;
}

/** What carries out each operation. */
export function createHandlers(options: GatewayOptions, parts: HandlerParts): Handlers {
  const { tail, readModels, fourEyes, auditor, sessions, latencies } = parts;
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
    ...ledgerHandlers(ledger, reading, options.sandboxes),
    ...periodHandlers(ledger, reading),
    ...currencyHandlers(ledger, reading),
    ...apiKeyHandlers(primary, reading, options),
    ...reportHandlers(reading, latencies),
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
    ...sessionHandlers(sessions),
  };
  return handlers;
}
