import type { TestContext } from 'node:test';
import type { GatewayOptions } from '../../src/gateway/gateway-options.ts';
import type { LedgerProcess } from '../../src/ledger/ledger.ts';
import { startGateway, type TestGateway } from './gateway.ts';
import { startLedger } from './ledger.ts';

/** A gateway on a ledger of this process. */
export async function startWithLedger(
  t: TestContext,
  options: Partial<GatewayOptions> = {},
): Promise<TestGateway> {
  const ready = Promise.withResolvers<LedgerProcess>();
  const gateway = await startGateway(
    t,
    async (request) => (await ready.promise).submit(request),
    options,
  );
  const { connectionString = '' } = gateway.pool.options;
  ready.resolve(await startLedger(t, { connectionString }));
  return gateway;
}
