import { inTransaction } from '../postgres/transaction.ts';
import { applyEvents } from './applying.ts';
import { decodeEvent } from './decoded-event.ts';
import { isPassing } from './faults.ts';
import { pageMax } from './log-pages.ts';
import { readOperation, saveProgress, type Operation } from './operations.ts';
import { readModelPosition } from './projection-states.ts';
import { rebuildAccount } from './rebuild-account.ts';
import { Rebuild, RebuildInterrupted, type RebuildParts } from './rebuild.ts';

/** Runs an operation to its end; what can't be helped is its answer, what passes is thrown. */
export async function runOperation(parts: RebuildParts, id: string): Promise<void> {
  const operation = await readOperation(parts.pool, id);
  if (operation === undefined) return;
  try {
    if (operation.account !== undefined) await rebuildAccount(parts, operation, operation.account);
    else if (operation.kind === 'replay' && parts.projection.isIdempotent)
      await replay(parts, operation);
    // What adds up would count twice: it is made again from the beginning instead, beside the one in use.
    else await new Rebuild(parts, operation).run();
  } catch (error) {
    if (isPassing(error) || !(error instanceof Error)) throw error;
    if (error.name === 'RebuildInterrupted' || error.name === 'OperationEnded') throw error;
    await saveProgress(parts.pool, id, { state: 'failed', error: error.message });
  }
}

/** Applies the log again from the operation's position to where the projection is. */
async function replay(parts: RebuildParts, operation: Operation): Promise<void> {
  const { pool, projection, eventLog, now, hasEnded } = parts;
  let { position } = operation;
  for (;;) {
    if (hasEnded()) throw new RebuildInterrupted('the process stops');
    const target = await readModelPosition(pool, [projection.name]);
    if (position >= target) break;
    const messages = await eventLog.read(position, Math.min(pageMax, target - position));
    const last = messages.at(-1)?.position ?? target;
    await inTransaction(pool, async (db) => {
      const events = messages.map(decodeEvent);
      await applyEvents(db, projection, events, { target: 'in use', arrivedAt: now() });
      await saveProgress(db, operation.id, { state: 'loading', position: last, target });
    });
    position = last;
  }
  await saveProgress(pool, operation.id, { state: 'done' });
}
