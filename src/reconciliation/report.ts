import type { JsonObject } from '@credit-ledger/contract/json.ts';
import type { Difference } from '../ledger/events.ts';

/** Differences that a report shows; all are counted. */
const shownMax = 1000;

/** What was compared with the journal, and what came of it. */
export interface SourceReport {
  /** `accounts`, the name of a projection, or `topics`. */
  readonly source: string;
  /** Compared as it was at this position. */
  readonly position: number;
  /** Accounts, or positions of the log. */
  readonly checked: number;
  /** Subjects with a difference. */
  readonly drifted: number;
  readonly differences: readonly Difference[];
  /** Why something was left out, where it was. */
  readonly note?: string;
}

/** Collects the differences of a source. */
export class Findings {
  readonly #differences: Difference[] = [];
  readonly #subjects = new Set<string>();
  #checked = 0;

  count(checked: number): void {
    this.#checked += checked;
  }

  add(difference: Difference): void {
    this.#subjects.add(difference.subject);
    if (this.#differences.length < shownMax) this.#differences.push(difference);
  }

  report(source: string, position: number, note?: string): SourceReport {
    return {
      source,
      position,
      checked: this.#checked,
      drifted: this.#subjects.size,
      differences: this.#differences,
      ...(note === undefined ? {} : { note }),
    };
  }
}

/** A source as operators see it. */
export function viewSource({ differences, ...source }: SourceReport): JsonObject {
  return {
    ...source,
    differences: differences.map(({ subject, field, expected, actual }) => ({
      subject,
      field,
      expected: expected ?? null,
      actual: actual ?? null,
      difference: differenceOf(expected, actual),
    })),
  };
}

const wholeNumber = /^-?\d+$/;

/** What is too much or too little, where both are amounts. */
function differenceOf(expected = '', actual = ''): string | null {
  if (!wholeNumber.test(expected) || !wholeNumber.test(actual)) return null;
  return String(BigInt(actual) - BigInt(expected));
}
