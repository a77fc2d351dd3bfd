// Reads a Dockerfile with the parser of Docker's language server, as stages of instructions with their variables put in.
import { readFileSync } from 'node:fs';
import {
  DockerfileParser,
  ModifiableInstruction,
  type Instruction,
  type PropertyInstruction,
} from 'dockerfile-ast';

export interface Step {
  readonly keyword: string;
  /** Everything after the keyword and its flags, variables put in where Docker does. */
  readonly text: string;
  readonly flags: Readonly<Record<string, string>>;
  /** Names and values of ENV, LABEL and ARG. */
  readonly properties: Readonly<Record<string, string>>;
}

export interface Stage {
  readonly name: string;
  /** An image, or a stage before. */
  readonly base: string;
  readonly steps: readonly Step[];
}

/** What a container of the last stage starts with. */
export interface ImageSettings {
  readonly env: Readonly<Record<string, string>>;
  readonly labels: Readonly<Record<string, string>>;
  readonly user: string;
  readonly workingDirectory: string;
  readonly volumes: readonly string[];
  readonly entrypoint: readonly string[];
  readonly command: readonly string[];
  readonly healthCheck: readonly string[];
}

type Variables = Record<string, string>;

function substitute(text: string, variables: Readonly<Variables>): string {
  return text.replaceAll(/\$\{(\w+)\}/g, (whole, name: string) => variables[name] ?? whole);
}

const unquote = (text: string): string => text.replace(/^(["'])(.*)\1$/s, '$2');

function propertiesOf(instruction: Instruction, variables: Readonly<Variables>): Variables {
  if (!['ENV', 'LABEL', 'ARG'].includes(instruction.getKeyword())) return {};
  const isProperty = (one: Instruction): one is PropertyInstruction => 'getProperties' in one;
  if (isProperty(instruction))
    return Object.fromEntries(
      instruction
        .getProperties()
        .map((one) => [one.getName(), substitute(unquote(one.getValue() ?? ''), variables)]),
    );
  return {};
}

/** Flags stand before the arguments: `--from=build`. */
function flagsOf(instruction: Instruction): Variables {
  if (!(instruction instanceof ModifiableInstruction)) return {};
  return Object.fromEntries(
    instruction.getFlags().map((flag) => [flag.getName(), flag.getValue() ?? '']),
  );
}

/** @throws where a stage has no name or an instruction stands before the first stage */
export function readDockerfile(path: string): Stage[] {
  const parsed = DockerfileParser.parse(readFileSync(path, 'utf8'));
  const stages: { name: string; base: string; steps: Step[] }[] = [];
  const ahead: Variables = {};
  let variables: Variables = {};
  for (const instruction of parsed.getInstructions()) {
    const keyword = instruction.getKeyword();
    const text = (instruction.getRawArgumentsContent() ?? '').replaceAll(/\\\n\s*(#.*\n\s*)*/g, ' ');
    const flags = flagsOf(instruction);
    if (keyword === 'FROM') {
      const [base = '', , name] = substitute(text, ahead).split(/\s+/);
      stages.push({ name: name ?? '', base, steps: [] });
      variables = {};
      continue;
    }
    const properties = propertiesOf(instruction, variables);
    const stage = stages.at(-1);
    if (keyword === 'ARG' && stage === undefined) Object.assign(ahead, properties);
    else if (stage === undefined) throw new Error(`${keyword} stands before the first FROM`);
    else {
      if (keyword === 'ARG' || keyword === 'ENV') Object.assign(variables, properties);
      // The shell puts in those of a RUN itself.
      const filled = keyword === 'RUN' ? text : substitute(text, variables);
      stage.steps.push({ keyword, text: filled, flags, properties });
    }
  }
  return stages;
}

const words = (text: string): string[] => JSON.parse(text);

/** What the last stage says of its containers. */
export function settingsOf(stages: readonly Stage[]): ImageSettings {
  const steps = stages.at(-1)?.steps ?? [];
  const last = (keyword: string): string => steps.findLast((one) => one.keyword === keyword)?.text ?? '';
  const all = (keyword: string): Variables =>
    Object.assign({}, ...steps.filter((one) => one.keyword === keyword).map((one) => one.properties));
  return {
    env: all('ENV'),
    labels: all('LABEL'),
    user: last('USER'),
    workingDirectory: last('WORKDIR'),
    volumes: words(last('VOLUME') || '[]'),
    entrypoint: words(last('ENTRYPOINT') || '[]'),
    command: words(last('CMD') || '[]'),
    healthCheck: words(last('HEALTHCHECK').replace(/^(--\S+\s+)*CMD\s+/, '') || '[]'),
  };
}
