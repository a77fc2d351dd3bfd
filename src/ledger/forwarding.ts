import { deserialize, serialize } from 'node:v8';
import type { FaultCode } from '@credit-ledger/contract/errors.ts';
import { parseAnswer, stringifyJson } from '@credit-ledger/contract/json.ts';
import { z } from 'zod';
import type { Ledger, LedgerAnswer, LedgerRequest } from './commands.ts';
import { LedgerFault } from './fault.ts';

/*
 * Commands from a stand-by to the process that writes. Both are this program and know each other by the
 * internal token, so the bodies are V8's own serialisation (bigints survive it); answers carry their body
 * as JSON text.
 */

export const forwardPath = '/internal/commands';

export type Forwarded =
  | { readonly kind: 'answer'; readonly answer: LedgerAnswer }
  | { readonly kind: 'fault'; readonly fault: LedgerFault };

const requests = z
  .array(z.custom<LedgerRequest>((value) => typeof value === 'object' && value !== null))
  .max(10_000);

const results = z.array(
  z.union([
    z.object({ body: z.string(), answer: z.custom<LedgerAnswer>((value) => typeof value === 'object') }),
    z.object({
      code: z.custom<FaultCode>((value) => typeof value === 'string'),
      detail: z.string(),
      seconds: z.int(),
    }),
  ]),
);

/** Sends commands to the holder. @throws when it can't be reached: nothing is known then, the keys decide. */
export async function forwardCommands(
  holder: string,
  token: string,
  commands: readonly LedgerRequest[],
  signal: AbortSignal,
): Promise<Forwarded[]> {
  const response = await fetch(new URL(forwardPath, holder), {
    method: 'POST',
    headers: { 'content-type': 'application/octet-stream', authorization: `Internal ${token}` },
    body: new Uint8Array(serialize(commands)),
    signal,
  });
  const bytes = Buffer.from(await response.arrayBuffer());
  if (response.status !== 200) throw new Error(`the writer at ${holder} answered ${response.status}`);
  return results.parse(deserialize(bytes)).map(readResult);
}

function readResult(result: z.infer<typeof results>[number]): Forwarded {
  if ('code' in result)
    return { kind: 'fault', fault: new LedgerFault(result.code, result.detail, result.seconds) };
  const { answer, body } = result;
  return {
    kind: 'answer',
    answer: answer.kind === 'done' ? { ...answer, body: parseAnswer(body) } : answer,
  };
}

/** Carries out forwarded commands and writes their results; the caller has checked the token. */
export async function answerForwarded(ledger: Ledger, body: Buffer): Promise<Buffer> {
  const commands = requests.parse(deserialize(body));
  const answers = await Promise.allSettled(commands.map((command) => ledger.submit(command)));
  return serialize(answers.map(writeResult));
}

function writeResult(result: PromiseSettledResult<LedgerAnswer>): unknown {
  if (result.status === 'rejected') {
    const fault: unknown = result.reason;
    return fault instanceof LedgerFault
      ? { code: fault.code, detail: fault.message, seconds: fault.retryAfterSeconds }
      : { code: 'internal_error', detail: 'the writer failed', seconds: 1 };
  }
  const answer = result.value;
  if (answer.kind === 'refused') return { body: '', answer };
  return { body: stringifyJson(answer.body), answer: { ...answer, body: null } };
}

/** An answer as bytes, with the request that it is to. */
export function writeAnswer(fingerprint: string, answer: LedgerAnswer): Buffer {
  return serialize([fingerprint, writeResult({ status: 'fulfilled', value: answer })]);
}

/** The answer, undefined where it is to another request. */
export function readAnswer(fingerprint: string, bytes: Buffer): LedgerAnswer | undefined {
  const [of, result] = keptAnswer.parse(deserialize(bytes));
  const [found] = results.parse([result]);
  if (of !== fingerprint || found === undefined) return undefined;
  const read = readResult(found);
  return read.kind === 'answer' ? read.answer : undefined;
}

const keptAnswer = z.tuple([z.string(), z.unknown()]);
