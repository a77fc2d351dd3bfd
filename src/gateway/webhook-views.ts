import type { JsonObject } from '@credit-ledger/contract/json.ts';
import { formatTime } from '@credit-ledger/contract/times.ts';
import type { Endpoint } from '../webhooks/endpoints.ts';
import type { AttemptRow, DeliveryRow } from '../webhooks/read-deliveries.ts';

export function viewWebhook(endpoint: Endpoint): JsonObject {
  return {
    id: endpoint.id,
    url: endpoint.url,
    description: endpoint.description,
    event_types: endpoint.eventTypes,
    ledgers: endpoint.ledgers,
    account_ids: endpoint.accountIds,
    status: endpoint.status,
    disabled_reason: endpoint.disabledReason,
    failing_since: viewTime(endpoint.failingSince),
    created_at: formatTime(endpoint.createdAt.getTime()),
    updated_at: formatTime(endpoint.updatedAt.getTime()),
  };
}

export function viewDelivery(delivery: DeliveryRow): JsonObject {
  return {
    id: delivery.id,
    webhook_id: delivery.endpointId,
    message_id: delivery.messageId,
    type: delivery.type,
    position: delivery.position,
    state: delivery.state,
    attempts: delivery.attempts,
    last_status: delivery.lastStatus,
    last_error: delivery.lastError,
    next_attempt_at: viewTime(delivery.dueAt),
    created_at: formatTime(delivery.createdAt.getTime()),
    ended_at: viewTime(delivery.endedAt),
  };
}

export function viewAttempt(attempt: AttemptRow): JsonObject {
  return {
    attempt: attempt.attempt,
    started_at: formatTime(attempt.startedAt.getTime()),
    duration_ms: attempt.durationMs,
    status: attempt.status,
    error: attempt.error,
    response: attempt.response,
  };
}

function viewTime(time: Date | null): string | null {
  return time === null ? null : formatTime(time.getTime());
}
