import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { Client, type ClientConfig } from 'pg';

/**
 * Where a connection is cut: before PostgreSQL sees the batch call, or after it answered and nobody heard.
 */
export type Cut = 'before the commit' | 'after the commit';

export interface PostgresProxy {
  readonly config: ClientConfig;
  /** Cuts the connection at the next batch call. Resolves when it has. */
  cutNext(cut: Cut): Promise<void>;
  close(): Promise<void>;
}

/** The prepared statement of the batch call, as it is named in a Bind message. */
const batchCall = Buffer.from('\u0000post_batch\u0000');

/** Stands between the ledger and PostgreSQL and passes everything on until it is told to cut. */
export async function startPostgresProxy(url: string): Promise<PostgresProxy> {
  const { host, port, user, database, password } = new Client(url);
  const target = host.startsWith('/') ? { path: `${host}/.s.PGSQL.${port}` } : { host, port };
  let armed: { cut: Cut; done: () => void } | undefined;
  const server = createServer((near) => {
    const far = connect(target);
    let isDeaf = false;
    const end = (): void => {
      near.destroy();
      far.destroy();
    };
    near.on('data', (chunk: Buffer) => {
      if (armed !== undefined && chunk.includes(batchCall)) {
        const { cut, done } = armed;
        armed = undefined;
        isDeaf = true;
        far.once('data', end);
        if (cut === 'before the commit') end();
        else far.write(chunk);
        far.once('close', done);
        return;
      }
      if (!isDeaf) far.write(chunk);
    });
    far.on('data', (chunk: Buffer) => {
      if (!isDeaf) near.write(chunk);
    });
    for (const socket of [near, far]) closeTogether(socket, end);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the proxy has no port');
  return {
    config: { host: '127.0.0.1', port: address.port, user, database, password },
    cutNext: (cut) => new Promise((done) => (armed = { cut, done })),
    close: async () => {
      server.close();
      await once(server, 'close');
    },
  };
}

function closeTogether(socket: Socket, end: () => void): void {
  socket.on('error', end);
  socket.on('close', end);
}
