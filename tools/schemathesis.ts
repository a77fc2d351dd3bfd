// Schemathesis in a Python environment of its own, in .cache (.ci/run installs it there).
import { existsSync } from 'node:fs';
import { join } from 'node:path';

export const schemathesisProgram = join(
  import.meta.dirname,
  '..',
  '.cache',
  'schemathesis',
  'bin',
  'schemathesis',
);

/** What is missing on this machine to run it, and how to get it. */
export function schemathesisMissing(): string | undefined {
  if (existsSync(schemathesisProgram)) return undefined;
  return 'schemathesis is not installed: python3 -m venv .cache/schemathesis and pip install schemathesis there';
}
