import assert from 'node:assert/strict';
import { test } from 'node:test';
import { judgePeriod } from './periods.ts';
import { openPeriods, type Ledger } from './state.ts';

const ledger = (closedUntil: number | null): Ledger => ({
  id: 1,
  name: 'main',
  defaultCreditLimit: null,
  entryCount: 0,
  headHash: '',
  createdAt: 0,
  periods: { ...openPeriods, closedUntil },
  sandbox: null,
});

test('what counts before the last close is refused, unless it is adjusting or counts now', () => {
  const rows: readonly [number | null, number | null | undefined, boolean, string | undefined][] = [
    [null, 0, false, undefined],
    [1000, 999, false, 'period_closed'],
    [1000, 1000, false, undefined],
    [1000, 999, true, undefined],
    [1000, undefined, false, undefined],
    [1000, null, false, undefined],
  ];
  for (const [closedUntil, effectiveAt, isAdjusting, code] of rows) {
    const refusal = judgePeriod(ledger(closedUntil), effectiveAt, isAdjusting);
    assert.equal(refusal?.code, code, `${closedUntil} ${effectiveAt} ${isAdjusting}`);
  }
});
