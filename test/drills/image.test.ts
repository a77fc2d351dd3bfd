// Makes the image's file system by the Dockerfile's own steps and runs a container of it by hand: no root, nothing to write
// to but /data and /tmp. Needs root, debootstrap and about three minutes: npm test test/drills/image.test.ts
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { findFreePorts, hasProgram, runToEnd } from '../../tools/programs.ts';
import { createEmptyDatabase } from '../support/databases.ts';
import { root } from '../support/declared-processes.ts';
import { readDockerfile, settingsOf } from '../support/dockerfile.ts';
import { makeImage } from '../support/image-root.ts';

const canRun =
  process.getuid?.() === 0 && (hasProgram('debootstrap') || existsSync('/usr/sbin/debootstrap'));
const bom = z.looseObject({ components: z.array(z.looseObject({ name: z.string() })) });
const startMsMax = 60_000;

test(
  'the image is made by its Dockerfile, holds no more than it has to, and serves from a read-only root',
  { skip: canRun ? false : 'needs root and debootstrap' },
  async (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'image-'));
    const database = await createEmptyDatabase(t);
    const socket = new URL(database.url).searchParams.get('host') ?? '';
    const stages = readDockerfile(join(root, 'Dockerfile'));
    const settings = settingsOf(stages);
    const image = makeImage(stages, folder);
    // What the image is above its base, which others have in common.
    const added = runToEnd('du', ['-sm', join(image, 'app'), join(image, 'usr', 'local', 'bin')]);
    t.diagnostic(`MB above Debian: ${added.replaceAll(/\s+/g, ' ')}`);
    assert.ok(!existsSync(join(image, 'usr', 'local', 'bin', 'npm')), 'no package manager');
    assert.deepEqual(globSync('app/dist/**/*.test.js', { cwd: image }), []);
    const parts = bom.parse(JSON.parse(readFileSync(join(image, 'app', 'sbom.cdx.json'), 'utf8')));
    const names = new Set(parts.components.map(({ name }) => name));
    assert.ok(names.has('fastify') && !names.has('typescript'), [...names].join());

    // Its database is reached by a socket that its user may open.
    chmodSync(socket, 0o755);
    const [port = 0] = await findFreePorts(1);
    const env = {
      PATH: '/usr/local/bin:/usr/bin:/bin',
      ...settings.env,
      HOST: '127.0.0.1',
      PORT: String(port),
      DATABASE_URL: database.url.replace(/host=.*$/, 'host=/mnt'),
      ADMIN_API_KEY: 'the-admin-key-of-the-drill-0123456789',
      NO_COLOR: '1',
    };
    const [uid = '', gid = ''] = settings.user.split(':');
    const mounts = [
      `mount --bind ${image} ${image}`,
      `mount --bind ${socket} ${image}/mnt`,
      `mount -t proc proc ${image}/proc`,
      `mount -t tmpfs -o mode=1777 tmpfs ${image}/tmp`,
      `mount -t tmpfs -o uid=${uid},gid=${gid},mode=0700 tmpfs ${image}/data`,
      `mount --bind /dev ${image}/dev`,
      `mount -o remount,bind,ro ${image}`,
    ].join(' && ');
    const given = Object.entries(env).map(([name, value]) => `${name}=${value}`);
    const enter = (command: readonly string[]): string[] => {
      const script = `${mounts} && exec chroot --userspec=${uid}:${gid} ${image} env -i "$@"`;
      return ['--mount', 'sh', '-c', script, 'sh', ...given, ...command];
    };
    const server = spawn('unshare', enter([...settings.entrypoint, ...settings.command]), {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    server.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    server.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
    const exited = new Promise((settle) => server.once('exit', settle));
    t.after(async () => {
      server.kill('SIGKILL');
      await exited;
      rmSync(folder, { recursive: true, force: true });
    });
    const healthy = (): boolean => spawnSync('unshare', enter(settings.healthCheck)).status === 0;
    const until = performance.now() + startMsMax;
    while (!healthy()) {
      assert.ok(server.exitCode === null && performance.now() < until, output);
      await delay(200);
    }
    const smoke = spawnSync(
      'unshare',
      enter([...settings.entrypoint, 'smoke', '--url', `http://127.0.0.1:${port}`]),
      { encoding: 'utf8' },
    );
    assert.equal(smoke.status, 0, smoke.stdout + smoke.stderr);
    const touched = spawnSync('unshare', enter(['touch', '/app/x']), { encoding: 'utf8' });
    assert.match(touched.stderr, /Read-only file system/);
    server.kill('SIGTERM');
    assert.equal(await exited, 0, output);
    assert.ok(!healthy(), 'what is gone is not healthy');
  },
);
