import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { createEmptyDatabase } from '../support/databases.ts';
import { removeData, startServer } from '../support/server-process.ts';

const root = join(import.meta.dirname, '..', '..');

/** Everything in the blocks for a shell between a heading and the next. */
function readBlocks(document: string, heading: string): string {
  const chapter = document.split(`## ${heading}\n`)[1]?.split('\n## ')[0] ?? '';
  return [...chapter.matchAll(/```sh\n(.*?)```/gs)].map((match) => match[1]).join('');
}

test("each line of the README's tour answers as it says, also when it is pasted again", async (t) => {
  const database = await createEmptyDatabase(t);
  const server = await startServer(undefined, { DATABASE_URL: database.url });
  t.after(async () => {
    await server.stop();
    removeData(server);
  });
  const tour = readBlocks(readFileSync(join(root, 'README.md'), 'utf8'), 'Five minutes with curl');
  const script = tour
    .replaceAll('http://127.0.0.1:4000', server.url)
    .replaceAll('.data/', `${server.dataDir}/`)
    .replace('curl -sS -i', "curl -sS -o /dev/null -w '%{http_code}'");
  const expected = [...tour.matchAll(/# → (\d+)$/gm)].map((match) => match[1]);
  assert.ok(expected.length > 10);
  for (let round = 0; round < 2; round += 1) {
    const ended = spawnSync('bash', ['-eu', '-c', script], { encoding: 'utf8' });
    assert.deepEqual(ended.stdout.trim().split('\n'), expected, ended.stderr);
  }
});

test('every file that the README and the tour name is there', () => {
  for (const [document, folder] of [
    ['README.md', ''],
    ['docs/tour.md', 'docs'],
    ['docs/benchmarks.md', 'docs'],
  ] as const) {
    const text = readFileSync(join(root, document), 'utf8');
    const links = [...text.matchAll(/\]\((?!https?:)([^)#]+)/g)].map((match) => match[1] ?? '');
    const missing = links.filter((link) => !existsSync(join(root, folder, link)));
    assert.deepEqual(missing, [], document);
  }
});
