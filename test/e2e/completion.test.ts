import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { hasProgram } from '../../tools/programs.ts';
import { runProgram } from '../support/cli.ts';

const program = join(import.meta.dirname, '..', '..', 'src', 'cli.ts');

/** A folder with `credit-ledger` on the path, a file of its own and a place for an answer. */
function openFolder(t: TestContext) {
  const folder = mkdtempSync(join(tmpdir(), 'completion-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const wrapper = join(folder, 'credit-ledger');
  writeFileSync(wrapper, `#!/bin/sh\nexec '${process.execPath}' '${program}' "$@"\n`);
  chmodSync(wrapper, 0o755);
  writeFileSync(join(folder, 'year-1993.csv'), '');
  const path = `${folder}${delimiter}${process.env['PATH'] ?? ''}`;
  return { folder, answer: join(folder, 'answer'), env: { PATH: path, HOME: folder, TERM: 'dumb' } };
}

/** Has a shell complete a line. @returns what it offers, or the line as it is then */
type Complete = (folder: ReturnType<typeof openFolder>, line: string) => Promise<string[]>;

const run = async (
  { env, folder }: ReturnType<typeof openFolder>,
  shell: string,
  args: readonly string[],
): Promise<string> => {
  const { status, out, err } = await runProgram(shell, [...args], { ...env, PWD: folder });
  assert.equal(status, 0, `${shell}: ${out}${err}`);
  return out;
};

/** Bash is told what its line editor would tell. */
const byBash: Complete = async (folder, line) => {
  const words = line.split(' ').map((word) => `'${word}'`);
  const script = `source <(credit-ledger completion bash)
    COMP_WORDS=(${words.join(' ')}) COMP_CWORD=${words.length - 1}
    _credit_ledger && printf '%s\\n' "\${COMPREPLY[@]}"`;
  return (await run(folder, 'bash', ['--norc', '-c', script])).split('\n').filter(Boolean);
};

const byFish: Complete = async (folder, line) => {
  const script = `cd ${folder.folder}; credit-ledger completion fish | source; complete -C '${line}'`;
  const out = await run(folder, 'fish', ['--no-config', '-c', script]);
  return out
    .split('\n')
    .flatMap((row) => row.split('\t')[0] ?? [])
    .filter(Boolean);
};

/** A zsh with its line editor in a terminal of its own, which is sent the line and a tab. */
const byZsh: Complete = async (folder, line) => {
  const ready = `${folder.answer}.ready`;
  rmSync(ready, { force: true });
  writeFileSync(
    join(folder.folder, '.zshrc'),
    `cd ${folder.folder}; autoload -Uz compinit && compinit -u -D; source <(credit-ledger completion zsh)
    keep() { print -r -- "$BUFFER" > ${folder.answer}; exit }
    zle -N keep; bindkey '^I' complete-word; bindkey '^X' keep; print > ${ready}`,
  );
  const script = `zmodload zsh/zpty; zpty shell zsh -i
    until [[ -e ${ready} ]]; do zpty -r -t shell said; sleep 0.05; done
    zpty -w -n shell '${line}'$'\\t\\x18'
    until [[ -s ${folder.answer} ]]; do zpty -r -t shell said; sleep 0.05; done`;
  await run(folder, 'zsh', ['-f', '-c', script]);
  return [readFileSync(folder.answer, 'utf8').trim()];
};

const shells: readonly (readonly [string, Complete])[] = [
  ['bash', byBash],
  ['fish', byFish],
  ['zsh', byZsh],
];

for (const [shell, complete] of shells) {
  // With CI=true the shells have to be there: it fails for want of them.
  const isMissing = !hasProgram(shell) && process.env['CI'] !== 'true';
  const skip = isMissing && `${shell} is not installed: apt-get install ${shell}`;
  test(
    `${shell} completes commands, options and values as the program says, and files`,
    { skip },
    async (t) => {
      const folder = openFolder(t);
      for (const [line, last] of [
        ['credit-ledger dead-l', 'dead-letters'],
        ['credit-ledger dead-letters disc', 'discard'],
        ['credit-ledger accounts list --stat', '--status'],
        ['credit-ledger accounts list --status SUSP', 'SUSPENDED'],
      ] as const) {
        const offered = await complete(folder, line);
        assert.deepEqual(
          offered.map((text) => text.split(' ').at(-1)),
          [last],
          line,
        );
        rmSync(folder.answer, { force: true });
      }
      if (shell === 'bash') return;
      const [file] = await complete(folder, 'credit-ledger import csv year-');
      assert.match(file ?? '', /year-1993\.csv$/);
    },
  );
}
