import { statfsSync, existsSync, statSync } from 'node:fs';
import { connect as connectSocket } from 'node:net';
import { dirname } from 'node:path';
import { styleText } from 'node:util';
import { stringifyJson } from '@credit-ledger/contract/json.ts';
import type { Pool } from 'pg';
import {
  databaseOptions,
  isGiven,
  requireWords,
  type Command,
  type Given,
  type Surface,
} from './command.ts';
import { judgeSettings, type Finding } from './doctor-postgres.ts';
import { toJson } from './output.ts';

const nodeMajor = 26;
const freeBytesMin = 2 * 1024 ** 3;
const skewMsMax = 500;
const probeMs = 2000;

const well = (what: string, says: string): Finding => ({ what, says, mend: undefined, isBad: false });
const bad = (what: string, says: string, mend: string): Finding => ({ what, says, mend, isBad: true });

function checkNode(): Finding {
  const { node } = process.versions;
  return Number(node.split('.')[0]) >= nodeMajor
    ? well('Node', node)
    : bad('Node', node, `run it by npm start or npx credit-ledger, which bring Node ${nodeMajor}`);
}

/** The directory itself, or the nearest above it that is there. */
function existing(path: string): string {
  return existsSync(path) || dirname(path) === path ? path : existing(dirname(path));
}

function checkDisk(dataDir: string): Finding[] {
  const place = existing(dataDir);
  const { bavail, bsize } = statfsSync(place);
  const says = `${((bavail * bsize) / 1024 ** 3).toFixed(1)} GiB free at ${place}`;
  const disk =
    bavail * bsize >= freeBytesMin
      ? well('disk', says)
      : bad('disk', says, 'a full disk stops all writes: free some, or move DATA_DIR');
  const keyFile = `${dataDir}/admin.key`;
  if (!existsSync(keyFile)) return [disk];
  const isOpen = (statSync(keyFile).mode & 0o077) !== 0;
  const key = isOpen
    ? bad('admin key', `${keyFile} can be read by others`, `chmod 600 ${keyFile}`)
    : well('admin key', 'readable by its owner only');
  return [disk, key];
}

function judgeSkew(what: string, skewMs: number): Finding {
  const says = `${Math.round(skewMs)} ms apart from here`;
  return Math.abs(skewMs) <= skewMsMax
    ? well(what, says)
    : bad(what, says, 'set both clocks by NTP: times of holds, schedules and keys depend on them');
}

async function checkDatabase(pool: Pool, now: () => Date): Promise<Finding[]> {
  const before = now().getTime();
  const { rows } = await pool.query<{ now: Date }>('select clock_timestamp() as now');
  const middle = (before + now().getTime()) / 2;
  const skew = judgeSkew('clock of PostgreSQL', (rows[0]?.now.getTime() ?? middle) - middle);
  const settings = await pool.query<{ name: string; setting: string; unit: string | null }>(
    'select name, setting, unit from pg_settings',
  );
  return [skew, ...judgeSettings(new Map(settings.rows.map((row) => [row.name, row])))];
}

async function checkServer(given: Given, { connect }: Surface): Promise<Finding[]> {
  try {
    const client = await connect(given);
    const { dependencies } = await client.readReadiness({ timeoutMs: probeMs });
    return dependencies.map(({ name, status }) =>
      status === 'ok'
        ? well(`server: ${name}`, status)
        : bad(`server: ${name}`, status, `its log says why; /readyz shows when it is back`),
    );
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return [bad('server', reason, 'start it: credit-ledger start; or name it by --url')];
  }
}

/** Whether anything listens where a broker should be. */
async function checkPeer(what: string, address: string, port: number): Promise<Finding> {
  const url = new URL(address.includes('://') ? address : `tcp://${address}`);
  const { promise, resolve } = Promise.withResolvers<string | undefined>();
  const socket = connectSocket(Number(url.port) || port, url.hostname);
  socket.setTimeout(probeMs, () => resolve('no answer'));
  socket.once('connect', () => resolve(undefined)).once('error', (error) => resolve(error.message));
  const reason = await promise;
  socket.destroy();
  const name = `${what} ${url.hostname}:${Number(url.port) || port}`;
  return reason === undefined
    ? well(name, 'listens')
    : bad(name, reason, 'start it, or mend its address in the settings; writes go on meanwhile');
}

async function examine(given: Given, surface: Surface): Promise<Finding[]> {
  const settings = surface.readSettings(given);
  const hasDatabase = settings.databaseUrl !== undefined || existsSync(`${settings.dataDir}/postgres`);
  const database = hasDatabase
    ? await surface
        .withDatabase(given, ({ pool }) => checkDatabase(pool, surface.now))
        .catch((error: unknown) => [
          bad(
            'PostgreSQL',
            error instanceof Error ? error.message : String(error),
            'see whether it runs, and its log',
          ),
        ])
    : [well('PostgreSQL', 'none yet: the first start makes one')];
  const peers = [
    ...(settings.kafkaBrokers ?? []).map((broker) => checkPeer('Kafka', broker, 9092)),
    ...(settings.amqpUrl === undefined ? [] : [checkPeer('RabbitMQ', settings.amqpUrl, 5672)]),
    ...(settings.redisUrl === undefined ? [] : [checkPeer('Redis', settings.redisUrl, 6379)]),
  ];
  return [
    checkNode(),
    ...checkDisk(settings.dataDir),
    ...database,
    ...(await Promise.all(peers)),
    ...(await checkServer(given, surface)),
  ];
}

export const doctor: Command = {
  summary:
    'Check versions, disk, clocks, the settings of PostgreSQL, brokers and the server, and say what to mend',
  usage: '',
  options: { json: { type: 'boolean', describe: 'One JSON document a line' }, ...databaseOptions },
  examples: [
    ['credit-ledger doctor', 'ends with 1 where something has to be mended'],
    [
      'KAFKA_BROKERS=k1:9092 DATABASE_URL=postgres://… credit-ledger doctor',
      'with the settings of the server',
    ],
  ],
  run: async (given, surface) => {
    requireWords(given);
    const findings = await examine(given, surface);
    const width = Math.max(...findings.map(({ what }) => what.length));
    for (const finding of findings) {
      const { what, says, mend, isBad } = finding;
      const mark = isBad
        ? styleText('red', 'MEND')
        : mend === undefined
          ? styleText('green', 'ok  ')
          : styleText('yellow', 'note');
      const advice = mend === undefined ? '' : `\n      ${mend}`;
      const line = `${mark}  ${what.padEnd(width)}  ${says}${advice}`;
      surface.out(`${isGiven(given, 'json') ? stringifyJson(toJson(finding)) : line}\n`);
    }
    return findings.some(({ isBad }) => isBad) ? 1 : 0;
  },
};
