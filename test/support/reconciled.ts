import assert from 'node:assert/strict';
import { rowsIn } from './http.ts';
import { until, type Calls } from './product.ts';

/** Waits until every read model has all of the log; one that is being switched may refuse a read with 503. */
export async function caughtUp({ call }: Calls): Promise<void> {
  const isLevel = async () => {
    const answer = await call('GET', '/v1/admin/projections');
    if (answer.status === 503) return false;
    return rowsIn(answer, 'data').every((row) => row['lag_positions'] === 0);
  };
  await until(isLevel, 'every projection has caught up');
}

/** Balances, every read model and the topics are found equal to the journal. */
export async function assertReconciled({ call, get }: Calls): Promise<string> {
  const asked = await call('POST', '/v1/admin/reconciliations');
  const path = String(asked.headers.get('location'));
  await until(async () => (await get(path)).json['finished_at'] !== null, 'it is reconciled');
  const { text } = await get(path);
  assert.equal(text.match(/"drifted":0/g)?.length, 8, text);
  return text;
}
