import type { JsonObject } from '@credit-ledger/contract/json.ts';
import { checks, type CheckResult } from './findings.ts';

/** What a verification found, as the API and the command show it. */
export function viewResults(results: readonly CheckResult[]): JsonObject[] {
  return results.map(({ check, count, first }) => ({
    check,
    says: checks[check],
    count,
    first: first === null ? null : { ...first.where, what: first.what },
  }));
}
