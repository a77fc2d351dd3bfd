import type { JsonObject } from '@credit-ledger/contract/json.ts';
import { formatTime } from '@credit-ledger/contract/times.ts';
import { readEntry } from '../ledger/read-entries.ts';
import { readHead } from '../ledger/read-ledgers.ts';
import { journalTreeOf, keyNameOf, periodTreeOf } from '../proof/checkpoint.ts';
import { listHeads, listKeys, type StoredHead } from '../proof/heads.ts';
import { makeReceipt, proveConsistency, viewHead } from '../proof/read-proofs.ts';
import { JournalAltered } from '../proof/sealing.ts';
import { verifierText } from '../proof/signed-note.ts';
import type { Answer } from './answer.ts';
import type { Call, Handlers } from './call.ts';
import { readNumberCursor, writeNumberCursor } from './number-cursor.ts';
import { answerProblem } from './problem.ts';
import { answerBody, readOne, type Reading } from './reading.ts';

type Operations =
  | 'readReceipt'
  | 'listSeals'
  | 'listSealKeys'
  | 'readConsistency'
  | 'sealLedgers'
  | 'rotateSealKey';

/** Signing, which needs SEAL_DIR. */
export interface Seals {
  /** @throws {JournalAltered} */
  readonly seal: () => Promise<StoredHead[]>;
  /** Undefined where the key is kept by someone else. */
  readonly rotate: (() => Promise<string>) | undefined;
}

/** Signed heads of the journal, and proofs under them. They come from the ledger's own database. */
export function proofHandlers(reading: Reading, seals: Seals): Handlers<Operations> {
  const { primary } = reading;
  return {
    readReceipt: (call) => answerReceipt(reading, call),
    listSeals: (call) => answerHeads(reading, call),
    listSealKeys: async () => answerBody(await viewKeys(reading)),
    readConsistency: (call) => {
      const { from, to } = call.query;
      const prove = () => proveConsistency(primary, treeOf(call), from, to);
      return readOne(reading, call, prove, (proof) => proof);
    },
    sealLedgers: () => answerSealing(seals),
    rotateSealKey: async () => {
      const detail = 'the key is the one of SEAL_KEY_FILE: replace that file';
      if (seals.rotate === undefined) return answerProblem({ code: 'seal_key_is_given', detail });
      await seals.rotate();
      return { status: 201, body: await viewKeys(reading), headers: {} };
    },
  };
}

function treeOf({ ledger, query }: Call<'listSeals'> | Call<'readConsistency'>): string {
  if (query.tree === 'audit') return 'audit';
  return query.tree === 'periods' ? periodTreeOf(ledger) : journalTreeOf(ledger);
}

async function answerReceipt(reading: Reading, call: Call<'readReceipt'>): Promise<Answer> {
  const { primary } = reading;
  const read = async () => {
    const entry = await readEntry(primary, call.ledger, call.params.id);
    return entry.kind === 'refused' ? entry : makeReceipt(primary, entry.value);
  };
  return readOne(reading, call, read, (receipt) => receipt);
}

async function answerHeads({ primary }: Reading, call: Call<'listSeals'>): Promise<Answer> {
  const { limit, cursor } = call.query;
  const tree = treeOf(call);
  const rows = await listHeads(primary, tree, limit + 1, readNumberCursor(tree, cursor));
  const data = rows.slice(0, limit);
  const last = rows.length > limit ? data.at(-1) : undefined;
  return answerBody({
    data: data.map(viewHead),
    next_cursor: last === undefined ? null : writeNumberCursor(tree, last.number),
  });
}

async function viewKeys({ primary }: Reading): Promise<JsonObject> {
  const keys = await listKeys(primary, keyNameOf((await readHead(primary)).databaseId));
  return {
    data: keys.map(({ verifier, createdAt }) => ({
      key_id: verifier.id,
      key: verifierText(verifier),
      public_key: verifier.publicKey.export({ type: 'spki', format: 'pem' }),
      created_at: formatTime(createdAt),
    })),
  };
}

async function answerSealing({ seal }: Seals): Promise<Answer> {
  try {
    return { status: 201, body: { data: (await seal()).map(viewHead) }, headers: {} };
  } catch (error) {
    if (!(error instanceof JournalAltered)) throw error;
    return answerProblem({ code: 'journal_altered', detail: error.message });
  }
}
