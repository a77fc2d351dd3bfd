import type { Pool } from 'pg';
import { EntriesLost } from '../ledger/entries-lost.ts';
import { readHead } from '../ledger/read-ledgers.ts';
import { inTransaction } from '../postgres/transaction.ts';
import { requestOperation } from '../projections/operations.ts';
import { projections } from '../projections/projection-list.ts';
import { emptyProjection } from '../projections/projection-states.ts';
import { holdsSent } from '../relay/sent-events.ts';
import type { Transport } from '../relay/transport/transport.ts';
import type { Logger } from '../runtime/log.ts';

export interface LossCheck {
  /** The ledger's database. */
  readonly db: Pool;
  /** That of the read models, as the owner of its schema. */
  readonly models: Pool;
  readonly transport: Transport;
  /** Run all the same (`ACCEPT_LOST_ENTRIES`). */
  readonly accept: boolean;
  readonly log: Logger;
  readonly mintId: () => string;
}

/** What of the log is known outside its database. */
interface Proof {
  readonly where: string;
  /** The highest position that is known there. */
  readonly position: number;
  /** The highest epoch that is known there; 0 where epochs are not kept. */
  readonly epoch: number;
}

/**
 * Holds the log against what the broker and read models in another database have of it. Where they are ahead, or have
 * other events at the same positions, the database was set back.
 * @throws {EntriesLost} unless that is accepted: then both are made again from the log, in a higher epoch
 */
export async function refuseLostPublished(check: LossCheck): Promise<void> {
  const { db, accept, log } = check;
  const proofs = [await proofOfBroker(check), await proofOfModels(check)].filter(
    (proof) => proof !== undefined,
  );
  if (proofs.length === 0) return;
  const { position } = await readHead(db);
  const words = proofs.map((proof) => `${proof.where} has the log up to ${proof.position}`).join('; ');
  const message = `the database ends at ${position}: ${words}. Acknowledged entries are lost`;
  if (!accept) throw new EntriesLost(message);
  log.warn({ position, proofs }, `${message}; accepted`);
  await beginAnew(check, Math.max(...proofs.map(({ epoch }) => epoch)));
}

async function proofOfBroker({ db, transport, log }: LossCheck): Promise<Proof | undefined> {
  const sent = await transport.lastSent?.().catch((error: unknown) => {
    log.warn({ err: error }, 'the broker can not be asked now: the relay asks before it sends anything');
    return undefined;
  });
  if (sent === undefined) return undefined;
  if (await holdsSent(db, sent)) return undefined;
  const epoch = Math.max(0, ...sent.events.map((event) => event.epoch));
  return { where: `the broker (${transport.name})`, position: sent.position, epoch };
}

async function proofOfModels({ db, models }: LossCheck): Promise<Proof | undefined> {
  const { rows } = await models.query<{ position: string }>(
    `select coalesce(greatest((select max(position) from read_models.checkpoints),
      (select max(base_position) from read_models.projections)), 0) as position`,
  );
  const position = Number(rows[0]?.position ?? 0);
  const head = await readHead(db);
  return position > head.position ? { where: 'a read model', position, epoch: 0 } : undefined;
}

/**
 * The next tenure has an epoch above every one that is known outside, so that nothing new is taken for something that
 * was lost; topics and read models are made again from the log.
 */
async function beginAnew({ db, models, transport, mintId }: LossCheck, epoch: number): Promise<void> {
  await transport.startAnew?.();
  await db.query('update ledger.head set epoch = greatest(epoch, $1)', [epoch]);
  await db.query(
    `update relay.cursors set position = 0, epoch = 0, halted = false, fault = null where transport = $1`,
    [transport.name],
  );
  await db.query(
    'update worker.checkpoints set position = least(position, (select position from ledger.head))',
  );
  for (const projection of projections)
    await inTransaction(models, async (client) => {
      await requestOperation(client, {
        id: mintId(),
        projection: projection.name,
        kind: 'rebuild',
        account: undefined,
        acceptDifferences: true,
        from: 0,
        actor: 'accepted lost entries',
      });
      await emptyProjection(client, projection);
    });
}
