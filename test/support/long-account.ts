import assert from 'node:assert/strict';
import type { Calls } from './product.ts';

const batchMax = 1000;

/** Moves one from an account to another, as often as lines are wanted. @returns the id of the first */
export async function writeLongStatement(
  { call, get }: Calls,
  from: string,
  to: string,
  lines: number,
): Promise<string> {
  const write = async (first: number): Promise<void> => {
    const transfers = Array.from({ length: batchMax }, (_, row) => ({
      from: `ext:${from}`,
      to: `ext:${to}`,
      amount_minor: 1 + ((first + row) % 977),
      currency: 'USD',
      description: `Line ${first + row}`,
      idempotencyKey: `line-${first + row}`,
    }));
    const { status, text } = await call('POST', '/v1/transfers/batch', {
      body: { mode: 'independent', transfers },
    });
    assert.equal(status, 200, text);
  };
  for (let first = 0; first < lines; first += batchMax) await write(first);
  return String((await get(`/v1/accounts/ext:${from}`)).json['id']);
}
