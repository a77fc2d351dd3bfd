import { setTimeout as delay } from 'node:timers/promises';
import type { Surface } from './command.ts';

/** What takes long and says how far it is. */
interface Running {
  readonly state: string;
  readonly progress: number;
}

const ended: ReadonlySet<string> = new Set(['done', 'differs', 'failed', 'cancelled']);
const pollMs = 300;
const barWidth = 40;

/** Asks until it has ended, and shows a bar to people. */
export async function waitFor<Work extends Running>(
  surface: Surface,
  label: string,
  read: () => Promise<Work>,
): Promise<Work> {
  for (;;) {
    const work = await read();
    showBar(surface, `${label}: ${work.state}`, work.progress);
    if (ended.has(work.state)) {
      clearBar(surface);
      return work;
    }
    await delay(pollMs);
  }
}

/** A bar on a terminal's standard error; elsewhere nothing, so that logs hold results only. */
export function showBar({ err, isTerminal }: Surface, label: string, share: number): void {
  if (!isTerminal) return;
  const bar = '█'.repeat(Math.round(Math.min(share, 1) * barWidth)).padEnd(barWidth, '░');
  err(`\r${bar} ${Math.floor(share * 100)} % ${label}\u001b[K`);
}

export function clearBar({ err, isTerminal }: Surface): void {
  if (isTerminal) err('\r\u001b[K');
}
