import assert from 'node:assert/strict';
import type { Answer } from '../../src/ledger/read-answer.ts';

/** The value of an answer that has one. */
export function valueOf<T>(answer: Answer<T>): T {
  if (answer.kind === 'refused') assert.fail(`${answer.refusal.code}: ${answer.refusal.detail}`);
  return answer.value;
}

/** Status and code of an answer that has none, such as `404 account_not_found`. */
export function codeOf(answer: Answer<unknown>): string {
  assert.equal(answer.kind, 'refused');
  return `${answer.refusal.status} ${answer.refusal.code}`;
}
