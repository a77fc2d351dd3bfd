import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs, styleText } from 'node:util';
import { connectApi, ensureLedger, NoServer, type Api } from './api.ts';
import { importBankYear } from './bank-import.ts';
import { openStage } from './stage.ts';
import { playBank } from './story-bank.ts';
import { playLedger } from './story-ledger.ts';
import { playOperator } from './story-operator.ts';
import { playPipeline } from './story-pipeline.ts';
import { playWallet } from './story-wallet.ts';

const usage = `Usage: npm run demo -- [flags]

  --url <address>    the running server [http://127.0.0.1: and PORT, or 4000]
  --key <key>        an admin key of it [ADMIN_API_KEY, else the file admin.key in DATA_DIR or .data]
  --berka <file>     import a year of a real bank instead of playing the stories
  --ledger <name>    the ledger to work in [demo; berka-1993 for the import]
`;

const write = (text: string): void => void process.stdout.write(text);

function readFlags() {
  const text = { type: 'string' } as const;
  const options = {
    url: text,
    key: text,
    berka: text,
    ledger: text,
    help: { type: 'boolean' },
  } as const;
  return parseArgs({ options }).values;
}

async function main(): Promise<boolean> {
  const flags = readFlags();
  if (flags.help === true) {
    write(usage);
    return true;
  }
  const url = (flags.url ?? `http://127.0.0.1:${process.env.PORT ?? 4000}`).replace(/\/+$/, '');
  const keyFile = join(process.env.DATA_DIR ?? '.data', 'admin.key');
  const given = flags.key ?? process.env.ADMIN_API_KEY;
  const key = given ?? (await readKey(url, keyFile));
  const ledger = flags.ledger ?? (flags.berka === undefined ? 'demo' : 'berka-1993');
  const api = connectApi(url, key, ledger);
  await ensureLedger(api, ledger);
  if (flags.berka !== undefined) return importBankYear(api, ledger, flags.berka);
  write(
    `In your shell, for the lines below:  KEY=${given === undefined ? `$(cat ${keyFile})` : "'your key'"}\n`,
  );
  await playStories(api, url, ledger);
  return true;
}

/** Without a server there is no key either; then the server is what is missing. */
async function readKey(url: string, file: string): Promise<string> {
  await connectApi(url, '', 'main')({ method: 'GET', path: '/ledgers' });
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (error) {
    throw new Error(`There is no admin key in ${file}. Name one with --key.`, { cause: error });
  }
}

async function playStories(api: Api, url: string, ledger: string): Promise<void> {
  const stage = openStage(api, { url, ledger, run: randomBytes(4).toString('hex'), write });
  await playLedger(stage);
  await playPipeline(stage);
  await playBank(stage);
  await playWallet(stage);
  await playOperator(stage);
  write(`\n${styleText('green', `All ${stage.claims} claims hold.`)}\n`);
}

try {
  process.exitCode = (await main()) ? 0 : 1;
} catch (error) {
  const reason = error instanceof Error ? error.message : String(error);
  const hint = error instanceof NoServer ? ' Start one with npm start, or name it with --url.' : '';
  process.stderr.write(`\n${styleText('red', reason)}${hint}\n`);
  process.exitCode = 1;
}
