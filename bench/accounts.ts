import type { ServerProcess } from '../test/support/server-process.ts';
import { z } from 'zod';

const batchMax = 1000;
const answerShape = z.object({ failed: z.int() });

/** The id of an account by its index; the scripts for wrk make the same. */
function idOf(index: number): string {
  return `00000000-0000-4000-8000-${(index + 1).toString(16).padStart(12, '0')}`;
}

/** Opens so many accounts without a limit through the API. */
export async function openAccounts({ url, adminKey: key }: ServerProcess, count: number): Promise<void> {
  for (let first = 0; first < count; first += batchMax) {
    const size = Math.min(batchMax, count - first);
    const accounts = Array.from({ length: size }, (_, index) => ({
      id: idOf(first + index),
      currency: 'USD',
    }));
    const response = await fetch(`${url}/v1/accounts/batch`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body: JSON.stringify({ accounts }),
    });
    const text = await response.text();
    const failed = response.status === 200 ? answerShape.parse(JSON.parse(text)).failed : size;
    if (failed > 0) throw new Error(`accounts could not be opened: ${text.slice(0, 500)}`);
  }
}
