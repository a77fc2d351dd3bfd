import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { findFreePorts } from '../../tools/programs.ts';
import { send } from './http.ts';
import { until } from './product.ts';

const main = join(import.meta.dirname, '..', '..', 'src', 'main.ts');

/** A process of some roles; it is ready when its door says so. @returns its address */
export async function startRoles(
  t: TestContext,
  roles: string,
  env: Readonly<Record<string, string>>,
): Promise<string> {
  const [port = 0] = await findFreePorts(1);
  const url = `http://127.0.0.1:${port}`;
  const child = spawn(process.execPath, [main], {
    env: { ...process.env, ...env, ROLE: roles, PORT: String(port), LOG_LEVEL: 'warn' },
    stdio: 'ignore',
  });
  t.after(async () => {
    const exited = once(child, 'exit');
    child.kill('SIGTERM');
    await exited;
  });
  const isReady = async () =>
    (await send(`${url}/readyz`, 'GET', {}, undefined).catch(() => undefined))?.status === 200;
  await until(isReady, `${roles} is ready`, 60_000);
  return url;
}
