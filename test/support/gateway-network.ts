import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import type { TestContext } from 'node:test';

/** What lies between a load balancer and a gateway. */
export interface GatewayNetwork {
  readonly url: string;
  /** All that the balancer said. */
  readonly said: () => string;
  /** From now on only questions for readiness get through; whoever says something else is cut off. */
  breakRequests(): void;
  mend(): void;
}

const saidMax = 200_000;

export async function startGatewayNetwork(t: TestContext, gateway: string): Promise<GatewayNetwork> {
  const { hostname: host, port } = new URL(gateway);
  let said = '';
  let isBroken = false;
  const open = new Set<Socket>();
  const server = createServer((near) => {
    const far = connect({ host, port: Number(port) });
    near.on('data', (chunk: Buffer) => {
      said = (said + chunk.toString()).slice(-saidMax);
      if (isBroken && !chunk.toString().startsWith('GET /readyz')) near.destroy();
      else far.write(chunk);
    });
    far.on('data', (chunk: Buffer) => near.write(chunk));
    for (const socket of [near, far]) {
      open.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => {
        open.delete(socket);
        near.destroy();
        far.destroy();
      });
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    open.forEach((socket) => socket.destroy());
    server.close();
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the network has no port');
  return {
    url: `http://127.0.0.1:${address.port}`,
    said: () => said,
    breakRequests: () => {
      isBroken = true;
    },
    mend: () => {
      isBroken = false;
    },
  };
}
