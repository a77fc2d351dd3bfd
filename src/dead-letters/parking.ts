import type { Database, NewDeadLetter } from './dead-letter.ts';

/**
 * Held for the rest of the transaction. A consumer that looks at its open letters and parks takes it
 * `shared`; whoever redrives or discards takes it alone, so that nothing is parked behind a letter that is
 * just being healed.
 */
export async function lockLetters(
  db: Database,
  consumer: string,
  mode: 'shared' | 'alone',
): Promise<void> {
  const lock = mode === 'shared' ? 'pg_advisory_xact_lock_shared' : 'pg_advisory_xact_lock';
  await db.query(`select ${lock}(hashtextextended('dead letters of ' || $1, 0))`, [consumer]);
}

/**
 * Parks letters; the same event or command for the same consumer again renews its letter. Runs in the
 * caller's transaction, the one that says the consumer is past it.
 */
export async function parkDeadLetters(db: Database, letters: readonly NewDeadLetter[]): Promise<void> {
  if (letters.length === 0) return;
  for (const letter of letters) await parkOne(db, letter);
}

async function parkOne(db: Database, letter: NewDeadLetter): Promise<void> {
  await db.query(
    `insert into read_models.dead_letters (kind, consumer, consumer_version, topic, partition, position,
        event_id, key, keys, type, payload, headers, error_class, message, stack, attempts,
        first_failed_at, last_failed_at, status)
      values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19)
      on conflict (consumer, event_id) do update set consumer_version = excluded.consumer_version,
        error_class = excluded.error_class, message = excluded.message, stack = excluded.stack,
        attempts = dead_letters.attempts + excluded.attempts, last_failed_at = excluded.last_failed_at,
        status = excluded.status, reason = null`,
    [
      letter.kind,
      letter.consumer,
      letter.consumerVersion,
      letter.topic,
      letter.partition,
      letter.position,
      letter.eventId,
      letter.key,
      letter.keys,
      letter.type,
      Buffer.from(letter.payload),
      JSON.stringify(letter.headers),
      letter.errorClass,
      withoutNul(letter.message),
      withoutNul(letter.stack),
      letter.attempts,
      new Date(letter.firstFailedAt),
      new Date(letter.lastFailedAt),
      letter.status,
    ],
  );
}

/** PostgreSQL keeps no NUL, which the text of an error may quote. */
function withoutNul(text: string): string {
  return text.replaceAll('\u0000', '\uFFFD');
}

/** What an error is, as a letter shows it. */
export function describeError(error: unknown): Pick<NewDeadLetter, 'errorClass' | 'message' | 'stack'> {
  if (!(error instanceof Error)) return { errorClass: 'Unknown', message: String(error), stack: '' };
  const code = 'code' in error && typeof error.code === 'string' ? error.code : undefined;
  const errorClass = code === undefined ? error.name : `${error.name} ${code}`;
  return { errorClass, message: error.message, stack: error.stack ?? '' };
}
