import type { PoolClient } from 'pg';
import { inTransaction } from '../postgres/transaction.ts';
import type { Message } from '../relay/transport/transport.ts';
import { applyEvents, carryOut } from './applying.ts';
import { decodeEvent, keysOf, type DecodedEvent } from './decoded-event.ts';
import { pageMax } from './log-pages.ts';
import { saveProgress, type Operation } from './operations.ts';
import { lockProjection, RebuildInterrupted, type RebuildParts } from './rebuild.ts';

/** An account with more events of transfers than this is not held in memory. */
const transferEventsMax = 50_000;

/** Makes the rows of one account again, in one transaction in which the projection waits. */
export function rebuildAccount(
  parts: RebuildParts,
  operation: Operation,
  account: string,
): Promise<void> {
  return parts.projection.account.from === 'account'
    ? rebuildFromAccount(parts, operation, account)
    : rebuildFromTransfers(parts, operation, account);
}

async function rebuildFromAccount(
  parts: RebuildParts,
  operation: Operation,
  account: string,
): Promise<void> {
  const { pool, projection, eventLog } = parts;
  await inTransaction(pool, async (db) => {
    await lockProjection(db, projection);
    const target = await eventLog.head();
    const counts = await countedBy(db, parts);
    for (const text of projection.account.delete) await db.query(text, [account]);
    for (let position = 0; ;) {
      const messages = await eventLog.readOfAccount(account, position, pageMax);
      const last = messages.at(-1);
      if (last === undefined) break;
      const counted = [];
      for (const message of messages)
        if (message.position <= target && (await counts(message))) counted.push(message);
      await apply(db, parts, counted.map(decodeEvent), account);
      position = last.position;
    }
    await saveProgress(db, operation.id, { state: 'done', position: target, target });
  });
}

/**
 * Which events are to be in the rows. Where an event that comes again changes nothing, all of them; where it
 * counts twice, those that the projection has applied already, by the checkpoint of their partition.
 */
async function countedBy(
  db: PoolClient,
  { projection, transport }: RebuildParts,
): Promise<(message: Message) => Promise<boolean>> {
  if (projection.isIdempotent) return () => Promise.resolve(true);
  const { rows } = await db.query<{ partition: string; position: string }>(
    `select c.partition, greatest(c.position, p.base_position) as position
      from read_models.checkpoints c join read_models.projections p on p.name = c.projection
      where p.name = $1`,
    [projection.name],
  );
  const applied = new Map(rows.map(({ partition, position }) => [partition, Number(position)]));
  const group = `projections.${projection.name}`;
  return async (message) =>
    message.position <= (applied.get(await transport.partitionOf(group, message)) ?? 0);
}

/** The log is read through: nothing leads from an account to the transfers that never moved anything. */
async function rebuildFromTransfers(
  parts: RebuildParts,
  operation: Operation,
  account: string,
): Promise<void> {
  const { pool, eventLog, projection } = parts;
  const found: DecodedEvent[] = [];
  const head = await eventLog.head();
  await collect(parts, account, { from: 0, to: head }, found, (position) =>
    saveProgress(pool, operation.id, { state: 'loading', position, target: head }),
  );
  await inTransaction(pool, async (db) => {
    await lockProjection(db, projection);
    const target = await eventLog.head();
    await collect(parts, account, { from: head, to: target }, found);
    const transfers = [...new Set(found.map(({ message }) => message.key))];
    for (const text of projection.account.delete) await db.query(text, [transfers]);
    await apply(db, parts, found, account);
    await saveProgress(db, operation.id, { state: 'done', position: target, target });
  });
}

async function collect(
  { eventLog, hasEnded }: RebuildParts,
  account: string,
  { from, to }: { readonly from: number; readonly to: number },
  found: DecodedEvent[],
  onPage?: (position: number) => Promise<void>,
): Promise<void> {
  for (let position = from; position < to;) {
    if (hasEnded()) throw new RebuildInterrupted('the process stops');
    const messages = await eventLog.read(position, Math.min(pageMax, to - position));
    const last = messages.at(-1)?.position;
    if (last === undefined) throw new Error(`the log has nothing after ${position}`);
    for (const event of messages.map(decodeEvent))
      if (isOfTransferWith(event, account)) found.push(event);
    if (found.length > transferEventsMax)
      throw new Error(`the account has more than ${transferEventsMax} events: rebuild the whole`);
    await onPage?.(last);
    position = last;
  }
}

/** An event of a transfer from or to the account, or an entry of one with a line of it. */
function isOfTransferWith(event: DecodedEvent, account: string): boolean {
  const { transfer, entry } = event;
  if (transfer !== undefined) return transfer.from === account || transfer.to === account;
  return entry !== undefined && entry.transferId !== '' && keysOf(event).includes(account);
}

async function apply(
  db: PoolClient,
  { projection, now }: RebuildParts,
  events: readonly DecodedEvent[],
  account: string,
): Promise<void> {
  const { fold } = projection.account;
  if (fold === undefined)
    await applyEvents(db, projection, events, { target: 'in use', arrivedAt: now() });
  else for (const effect of fold(events, account)) await carryOut(db, effect);
}
