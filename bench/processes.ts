import { readFileSync, readdirSync } from 'node:fs';

/** Linux counts CPU time in hundredths of a second, whatever the kernel's own tick. */
const microsecondsPerTick = 10_000;

/** The fields of /proc/<pid>/stat after the command's name; none for a process that is gone. */
function readStat(pid: number): string[] {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  } catch {
    return [];
  }
}

/** User and system time; with that of the children it has waited for. */
function cpuOf(stat: readonly string[]): number {
  const ticks = stat.slice(11, 15).reduce((sum, field) => sum + Number(field), 0);
  return ticks * microsecondsPerTick;
}

/** CPU time a process has used, in microseconds. */
export function readCpu(pid: number): number {
  return cpuOf(readStat(pid));
}

/** CPU time of a process and its children, in microseconds. */
export function readFamilyCpu(parent: number): number {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  const stats = pids.map((pid) => readStat(Number(pid)));
  const children = stats.filter((stat) => stat[1] === String(parent));
  return [readStat(parent), ...children].reduce((sum, stat) => sum + cpuOf(stat), 0);
}

/** Memory of a process in MiB: what it holds now, and the most it ever held. */
export function readMemory(pid: number): { readonly now: number; readonly peak: number } {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const mebibytes = (name: string): number =>
    Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(status)?.[1]) / 1024;
  return { now: mebibytes('VmRSS'), peak: mebibytes('VmHWM') };
}
