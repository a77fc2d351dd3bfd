import { parseAnswer, stringifyJson } from '@credit-ledger/contract/json.ts';
import type { Pool } from 'pg';
import { z } from 'zod';
import type { Ledger } from '../ledger/commands.ts';
import { deriveId } from '../ledger/derived-id.ts';
import { readHead } from '../ledger/read-ledgers.ts';
import type { Logger } from '../runtime/log.ts';
import type { SourceReport } from './report.ts';

/** Differences that an event shows; the report has more. */
const shownMax = 20;

interface Announcing {
  readonly ledger: Pool;
  readonly writer: Ledger;
  readonly log: Logger;
}

const announced = z.object({ position: z.int() });

/**
 * Puts what drifted into the log, one event for each source. A ledger that takes no commands now does not keep the
 * report back: the next reconciliation finds the drift again.
 * @returns the positions of the events
 */
export async function announceDrift(
  parts: Announcing,
  run: string,
  drifted: readonly SourceReport[],
): Promise<number[]> {
  const positions: number[] = [];
  try {
    for (const source of drifted) positions.push(await announce(parts, run, source));
  } catch (error) {
    parts.log.error({ err: error, run }, 'a drift could not be announced');
  }
  return positions;
}

async function announce(
  { ledger, writer }: Announcing,
  run: string,
  found: SourceReport,
): Promise<number> {
  const { databaseId } = await readHead(ledger);
  const id = deriveId(databaseId, `drift/${found.source}`);
  const { rows } = await ledger.query<{ name: string }>(
    'select name from ledger.ledgers order by id limit 1',
  );
  const { source, position, drifted, differences } = found;
  const answer = await writer.submit({
    // A drift may be of many ledgers; the first one, which is always there, tells of it.
    ledger: rows[0]?.name ?? 'main',
    key: undefined,
    fingerprint: id,
    traceparent: undefined,
    correlationId: undefined,
    command: {
      kind: 'announce',
      news: {
        type: 'DriftFound',
        drift: { id, run, source, position, drifted, differences: differences.slice(0, shownMax) },
      },
    },
  });
  if (answer.kind === 'refused') throw new Error(`a drift was refused: ${answer.refusal.detail}`);
  return announced.parse(parseAnswer(stringifyJson(answer.body))).position;
}
