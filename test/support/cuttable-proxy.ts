import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import type { TestContext } from 'node:test';
import { Client } from 'pg';

/** Stands before a PostgreSQL as its network does. */
export interface CuttableProxy {
  /** As DATABASE_URL takes it. */
  readonly url: string;
  /** Ends all connections and lets nobody in. */
  cut(): void;
  /** Takes connections and all they say, and answers nothing. */
  hang(): void;
  mend(): void;
}

type State = 'open' | 'cut' | 'hanging';

export async function startCuttableProxy(t: TestContext, url: string): Promise<CuttableProxy> {
  const { host, port, user, database } = new Client(url);
  const target = host.startsWith('/') ? { path: `${host}/.s.PGSQL.${port}` } : { host, port };
  const open = new Set<Socket>();
  let state: State = 'open';
  const server = createServer((near) => {
    if (state === 'cut') {
      near.destroy();
      return;
    }
    const far = connect(target);
    const pass = (to: Socket) => (chunk: Buffer) => {
      if (state !== 'hanging') to.write(chunk);
    };
    near.on('data', pass(far));
    far.on('data', pass(near));
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
  const endAll = (): void => open.forEach((socket) => socket.destroy());
  t.after(() => {
    endAll();
    server.close();
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the proxy has no port');
  return {
    url: `postgresql://${user}@127.0.0.1:${address.port}/${database}`,
    cut: () => {
      state = 'cut';
      endAll();
    },
    hang: () => {
      state = 'hanging';
    },
    // What was said meanwhile is lost: such connections can't go on.
    mend: () => {
      if (state === 'hanging') endAll();
      state = 'open';
    },
  };
}
