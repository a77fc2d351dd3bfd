// Starts processes with the arguments and the environment that a deployment file declares. What differs here is where
// things are: hosts become addresses of the loopback network, directories of a container become temporary ones.
import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';

export const root = join(import.meta.dirname, '..', '..');
const readyMsMax = 120_000;

/** One container: what its file says of it. */
export interface Declared {
  readonly name: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** What a name in the files stands for here; the first that fits counts. */
export type Places = readonly (readonly [declared: string, here: string])[];

export interface RunningProcess extends Declared {
  readonly url: string;
  readonly output: () => string;
  readonly hasExited: () => boolean;
  /** Ends it, however it takes it. */
  end(): Promise<void>;
  /** Drains it, which has to end well. */
  stop(): Promise<void>;
}

/** Addresses of hosts of one's own: 127.n.0.1 and so on, so that every process has its declared port. */
export class Hosts {
  readonly #network = randomInt(2, 250);
  readonly #names: string[] = [];

  addressOf(name: string): string {
    if (!this.#names.includes(name)) this.#names.push(name);
    return `127.${this.#network}.0.${this.#names.indexOf(name) + 1}`;
  }
}

/** Where declared processes run: one directory for all, removed with the test. */
export interface Site {
  readonly hosts: Hosts;
  readonly places: Places;
  /** What the image sets of itself. */
  readonly image: Readonly<Record<string, string>>;
  readonly directory: string;
  /** The folder with `bin`: another version's, or this one. */
  readonly product: string;
  readonly running: Set<RunningProcess>;
}

export function openSite(
  t: TestContext,
  { places, image }: Pick<Site, 'places' | 'image'>,
  hosts = new Hosts(),
): Site {
  const directory = mkdtempSync(join(tmpdir(), 'declared-'));
  const running = new Set<RunningProcess>();
  t.after(async () => {
    await Promise.all([...running].map(({ end }) => end()));
    rmSync(directory, { recursive: true, force: true });
  });
  return { hosts, places, image, directory, product: root, running };
}

/** Tells every process to stop while what they need is still there, and holds each to a good end. */
export async function stopAll({ running }: Site): Promise<void> {
  await Promise.all([...running].map(({ stop }) => stop()));
}

function translate(places: Places, text: string): string {
  return places.reduce((value, [declared, here]) => value.replaceAll(declared, here), text);
}

/** The environment as the process here gets it. */
function environmentOf({ hosts, places, image, directory }: Site, { name, env }: Declared) {
  const dataDir = join(directory, name);
  const seals = join(directory, 'seals');
  mkdirSync(seals, { recursive: true });
  mkdirSync(dataDir, { recursive: true });
  symlinkSyncOnce(seals, join(dataDir, 'seals'));
  const declared = Object.entries({ ...image, ...env }).map(([key, value]) => [
    key,
    translate(places, value),
  ]);
  const here = { HOST: hosts.addressOf(name), DATA_DIR: dataDir, PATH: process.env['PATH'] ?? '' };
  return { ...Object.fromEntries(declared), ...here };
}

function symlinkSyncOnce(target: string, path: string): void {
  try {
    symlinkSync(target, path);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  }
}

function spawnDeclared(site: Site, declared: Declared): { child: ChildProcess; output: () => string } {
  const program = join(site.product, 'bin', 'credit-ledger.mjs');
  const args = declared.args.map((text) => translate(site.places, text));
  const child = spawn(process.execPath, [program, ...args], {
    env: { NO_COLOR: '1', ...environmentOf(site, declared) },
    cwd: join(site.directory, declared.name),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  const keep = (chunk: Buffer): void => void (output = (output + chunk.toString()).slice(-20_000));
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  return { child, output: () => output };
}

/** Runs one that ends by itself. @returns what it printed */
export async function runDeclared(site: Site, declared: Declared): Promise<string> {
  const { child, output } = spawnDeclared(site, declared);
  const code = await new Promise<number | null>((settle) => child.once('close', settle));
  assert.equal(code, 0, `${declared.name} ended with ${code}: ${output()}`);
  return output();
}

/** Starts a server; `awaitReady` says when it is there. The end of the test ends it. */
export function startDeclared(site: Site, declared: Declared): RunningProcess {
  const { child, output } = spawnDeclared(site, declared);
  const exited = new Promise<number | null>((settle) => child.once('exit', settle));
  const kill = (): void => void child.kill('SIGKILL');
  process.once('exit', kill);
  void exited.then(() => process.off('exit', kill));
  const end = async (): Promise<void> => {
    child.kill('SIGKILL');
    await exited;
  };
  const stop = async (): Promise<void> => {
    child.kill('SIGTERM');
    assert.equal(await exited, 0, `${declared.name}: ${output()}`);
    site.running.delete(started);
  };
  const port = declared.env['PORT'] ?? site.image['PORT'] ?? '4000';
  const url = `http://${site.hosts.addressOf(declared.name)}:${port}`;
  const hasExited = (): boolean => child.exitCode !== null || child.signalCode !== null;
  const started: RunningProcess = { ...declared, url, output, hasExited, end, stop };
  site.running.add(started);
  return started;
}

/** Waits until it says that it is ready, as a probe asks it. */
export async function awaitReady({ name, url, output, hasExited }: RunningProcess): Promise<void> {
  const until = performance.now() + readyMsMax;
  while (!(await isReady(url))) {
    assert.ok(!hasExited() && performance.now() < until, `${name} did not become ready: ${output()}`);
    await delay(100);
  }
}

async function isReady(url: string): Promise<boolean> {
  try {
    return (await fetch(`${url}/readyz`)).ok;
  } catch {
    return false;
  }
}
