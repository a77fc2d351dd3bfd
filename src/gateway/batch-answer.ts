import { isJsonObject, type Json } from '@credit-ledger/contract/json.ts';
import { isStream, prefersMinimal, type Answer } from './answer.ts';
import type { AnyCall } from './call.ts';

/** The answer to a batch; with `Prefer: return=minimal` its results are only those of what was refused. */
export function answerBatch({ headers }: AnyCall, answer: Answer): Answer {
  const { body } = answer;
  if (!prefersMinimal(headers['prefer']) || isStream(body) || !isJsonObject(body)) return answer;
  const { results } = body;
  if (!isList(results)) return answer;
  return {
    ...answer,
    body: { ...body, results: results.filter(isRefused) },
    headers: { ...answer.headers, 'preference-applied': 'return=minimal' },
  };
}

function isList(results: Json | undefined): results is readonly Json[] {
  return Array.isArray(results);
}

const isRefused = (result: Json): boolean => isJsonObject(result) && result['error'] !== undefined;
