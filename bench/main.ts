import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { styleText } from 'node:util';
import { measureBatch } from './batch.ts';
import { measureBreakdown } from './breakdown.ts';
import { measureCsv } from './csv.ts';
import { measureHot } from './hot.ts';
import { measureHttp } from './http.ts';
import { measureKafka } from './kafka.ts';
import { measureLong } from './long.ts';
import { describeMachine, isBusy, type Machine } from './machine.ts';
import { measureMemory } from './memory.ts';
import { measureOverload } from './overload.ts';
import { readOptions, usage, type Options, type PartName } from './options.ts';
import { measureReadModels } from './read-models.ts';
import { isReached, printSection, type Section } from './report.ts';
import { measureTraces } from './traces.ts';
import { measureVerify } from './verify.ts';
import { writePath, withServer, type BenchServer } from './server.ts';

type Part = (server: BenchServer, options: Options) => Promise<Section>;

/** The parts that share one server; the others need one whose life they know. */
const sharing: Readonly<Partial<Record<PartName, Part>>> = {
  http: measureHttp,
  breakdown: measureBreakdown,
  batch: measureBatch,
  csv: measureCsv,
  hot: measureHot,
};
const alone: Readonly<Partial<Record<PartName, (options: Options) => Promise<Section>>>> = {
  memory: measureMemory,
  traces: measureTraces,
  'read-models': measureReadModels,
  verify: measureVerify,
  kafka: measureKafka,
  overload: measureOverload,
  long: measureLong,
};

async function run(options: Options): Promise<boolean> {
  const sections: Section[] = [];
  const add = (section: Section): void => {
    printSection(section);
    sections.push(section);
  };
  const isShared = options.parts.some((part) => sharing[part] !== undefined);
  const machine = await withServer(writePath, isShared ? options.accounts : 0, async (server) => {
    const machine = await describeMachine(server.postgres, server.dataDir);
    printMachine(machine);
    for (const part of options.parts) {
      const measure = sharing[part];
      if (measure === undefined) continue;
      announce(part);
      add(await measure(server, options));
    }
    return machine;
  });
  for (const part of options.parts) {
    const measure = alone[part];
    if (measure === undefined) continue;
    announce(part);
    add(await measure(options));
  }
  writeResults(machine, options, sections);
  return sections.every(({ checks }) => checks.every(({ expected, actual }) => expected === actual));
}

/** Parts take minutes: whoever waits sees which. */
function announce(part: PartName): void {
  process.stderr.write(`\nmeasuring ${part} …\n`);
}

function printMachine(machine: Machine): void {
  const width = Math.max(...Object.keys(machine).map((name) => name.length));
  for (const [name, value] of Object.entries(machine))
    process.stdout.write(`${name.padEnd(width)}  ${value}\n`);
  if (isBusy())
    process.stdout.write(styleText('yellow', '\nThe machine is busy: these figures say little.\n'));
}

function writeResults(machine: Machine, options: Options, sections: readonly Section[]): void {
  const directory = join(import.meta.dirname, 'results');
  mkdirSync(directory, { recursive: true });
  const judged = sections.map((section) => ({
    ...section,
    targets: section.targets.map((target) => ({ ...target, reached: isReached(target) })),
  }));
  const file = join(directory, `${(machine.time ?? '').replaceAll(':', '-')}.json`);
  writeFileSync(file, `${JSON.stringify({ machine, options, sections: judged }, undefined, 2)}\n`);
  process.stdout.write(`\nWritten to ${file}\n`);
}

// Leaving by the way of an exit stops the servers.
process.once('SIGINT', () => process.exit(130)).once('SIGTERM', () => process.exit(143));
try {
  const options = readOptions(process.argv.slice(2));
  if (options === undefined) process.stdout.write(usage);
  else process.exitCode = (await run(options)) ? 0 : 1;
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
