// A program as small as can be: it starts or adopts the data directory's PostgreSQL, says which, and leaves
// it when told to on standard input. Tests kill it, or several of them.
import { once } from 'node:events';
import { pino } from 'pino';
import { startEmbedded } from '../../src/postgres/embedded.ts';

const [, , dataDir = ''] = process.argv;
const server = await startEmbedded({ dataDir, log: pino({ level: 'silent' }) });
process.stdout.write(`${JSON.stringify({ adopted: server.adopted, ...server.clientConfig })}\n`);
await once(process.stdin, 'data');
await server.stop();
process.exit(0);
