import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

/**
 * When the process began, in clock ticks since boot: with the pid it names a process for good, because a
 * pid that the system hands out again comes with another start. Undefined for one that is gone or a zombie.
 */
export function readStartTicks(pid: number): string | undefined {
  const stat = readProc(pid, 'stat');
  // The command's name stands in parentheses and may hold spaces and parentheses of its own.
  const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ');
  const state = fields?.[0];
  return state === undefined || state === 'Z' || state === 'X' ? undefined : fields?.[19];
}

export function isAlive(pid: number): boolean {
  return readStartTicks(pid) !== undefined;
}

/** The arguments a process was started with; empty for one that is gone. */
export function readCommandLine(pid: number): string[] {
  return readProc(pid, 'cmdline')?.split('\0') ?? [];
}

function readProc(pid: number, file: string): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return undefined;
  }
}

/** Asks again every few milliseconds until there is an answer; undefined when the deadline passes first. */
export async function pollUntil<T>(
  question: () => T | undefined | Promise<T | undefined>,
  deadlineMs: number,
  pauseMs = 20,
): Promise<T | undefined> {
  const deadline = performance.now() + deadlineMs;
  for (;;) {
    const answer = await question();
    if (answer !== undefined) return answer;
    if (performance.now() >= deadline) return undefined;
    await delay(pauseMs);
  }
}
