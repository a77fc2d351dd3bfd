import { spawnSync } from 'node:child_process';
import { chmodSync, readFileSync, statSync } from 'node:fs';

/** The operating system's user that PostgreSQL runs as; empty where it is the program's own. */
export interface RunAs {
  uid?: number;
  gid?: number;
}

export const isRoot = (): boolean => process.getuid?.() === 0;

/**
 * PostgreSQL refuses to run as root. There it runs as whoever owns the existing cluster, else as
 * `postgres`, else as `nobody`.
 */
export function chooseRunAs(pgdata: string): RunAs {
  if (!isRoot()) return {};
  const owner = statSync(pgdata, { throwIfNoEntry: false });
  if (owner !== undefined && owner.uid !== 0) return { uid: owner.uid, gid: owner.gid };
  const users = new Map(readUsers().map((user) => [user.name, user]));
  const user = users.get('postgres') ?? users.get('nobody');
  if (user === undefined)
    throw new Error('as root, PostgreSQL needs a user `postgres` or `nobody` to run as');
  return { uid: user.uid, gid: user.gid };
}

function readUsers(): { name: string; uid: number; gid: number }[] {
  const lines = readFileSync('/etc/passwd', 'utf8').split('\n');
  return lines.map((line) => {
    const [name = '', , uid, gid] = line.split(':');
    return { name, uid: Number(uid), gid: Number(gid) };
  });
}

/** Whether that user can get into the directory: each directory above it counts too. */
export function canEnter(directory: string, runAs: RunAs): boolean {
  return spawnSync('/bin/sh', ['-c', 'cd "$1"', 'sh', directory], { ...runAs, cwd: '/' }).status === 0;
}

/** Lets others pass through a directory without listing it, where that alone makes it reachable. */
export function openForPassage(directory: string, runAs: RunAs): boolean {
  if (canEnter(directory, runAs)) return true;
  const { mode, uid } = statSync(directory);
  if (uid !== process.getuid?.()) return false;
  chmodSync(directory, (mode & 0o7777) | 0o011);
  if (canEnter(directory, runAs)) return true;
  chmodSync(directory, mode & 0o7777);
  return false;
}
