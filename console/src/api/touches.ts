import type { LedgerEvent } from '@credit-ledger/sdk';

const named = new WeakMap<LedgerEvent, string>();

/** All that an event says, as a text: ids are unique, so one that stands in it is meant. */
function textOf(event: LedgerEvent): string {
  const known = named.get(event);
  if (known !== undefined) return known;
  const text = JSON.stringify(event.payload, (_, value: unknown) =>
    typeof value === 'bigint' ? '' : value,
  );
  named.set(event, text);
  return text;
}

export function touchesAccount(event: LedgerEvent, id: string): boolean {
  return event.key === id || textOf(event).includes(id);
}

export function touchesTransfer(event: LedgerEvent, id: string): boolean {
  return event.key === id || (event.aggregate !== 'account' && textOf(event).includes(id));
}
