import { isJsonObject, type Json, type JsonObject } from '@credit-ledger/contract/json.ts';
import type { FeedEvent } from './event-tail.ts';

/** Which events a caller sees; an absent field does not narrow. */
export interface EventFilter {
  readonly ledger: string;
  readonly types: ReadonlySet<string> | undefined;
  readonly account: string | undefined;
  readonly transfer: string | undefined;
}

/** Whether the filter lets the event pass. The payload is decoded only where an account is asked for. */
export function passes({ ledger, types, account, transfer }: EventFilter, event: FeedEvent): boolean {
  const { logged } = event;
  if (logged.ledger !== ledger) return false;
  if (types !== undefined && !types.has(logged.type)) return false;
  // Entries of a transfer have its id as their key, and accounts have other ids.
  if (transfer !== undefined && logged.key !== transfer) return false;
  return account === undefined || logged.key === account || touches(event.payload, account);
}

/** The lines of an entry, the two sides of a transfer, or the states that an event carries. */
function touches(payload: JsonObject, account: string): boolean {
  const transfer = payload['transfer'];
  const sides = isObject(transfer) ? [transfer['from'], transfer['to']] : [];
  return (
    sides.includes(account) || names(payload['lines'], account) || names(payload['accounts'], account)
  );
}

function isObject(value: Json | undefined): value is JsonObject {
  return value !== undefined && isJsonObject(value);
}

function names(rows: Json | undefined, account: string): boolean {
  return Array.isArray(rows) && rows.some((row: Json) => isObject(row) && row['account_id'] === account);
}
