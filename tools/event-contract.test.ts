import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';

const root = join(import.meta.dirname, '..');
/** The commit before the last one: what is committed and what is not yet are both held against it. */
const baseline = 'HEAD~1';

function run(command: string, ...args: string[]): { status: number | null; output: string } {
  const { status, stdout, stderr } = spawnSync(command, args, { cwd: root, encoding: 'utf8' });
  return { status, output: `${stdout}${stderr}` };
}

const hasHistory =
  run('git', 'rev-parse', '--verify', '--quiet', `${baseline}:contract/proto`).status === 0;

test(
  'the events break nothing that the commit before promised',
  { skip: hasHistory ? false : 'there is no commit before' },
  () => {
    const folder = mkdtempSync(join(tmpdir(), 'event-contract-'));
    try {
      const archive = join(folder, 'before.tar');
      const archived = run('git', 'archive', '--format=tar', '-o', archive, baseline, 'contract/proto');
      assert.equal(archived.status, 0, archived.output);
      const buf = join(root, 'node_modules', '.bin', 'buf');
      const against = `${archive}#subdir=contract/proto`;
      const { status, output } = run(buf, 'breaking', 'contract/proto', '--against', against);
      assert.equal(status, 0, output);
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
);
