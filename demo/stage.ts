import { inspect, isDeepStrictEqual, styleText } from 'node:util';
import { stringifyJson } from '@credit-ledger/contract/json.ts';
import type { Api, ApiAnswer, ApiRequest } from './api.ts';

/** Headers of an answer that a reader should see. */
const shownHeaders = ['location', 'preference-applied', 'idempotency-replayed', 'etag', 'retry-after'];

/** Where a story is played: what is asked, answered and claimed is written down for the audience. */
export interface Stage {
  readonly api: Api;
  /** Sets this run's keys and ids apart from those of any other run. */
  readonly run: string;
  title(text: string): void;
  tell(sentence: string): void;
  /** Sends a request in public: as a line for curl, with its answer. */
  ask(request: ApiRequest): Promise<ApiAnswer>;
  /** Prints a request without sending it. */
  show(request: ApiRequest): void;
  /** States what must be true. @throws {Error} when it is not. */
  claim(sentence: string, actual: unknown, expected: unknown): void;
  readonly claims: number;
}

export interface StageOptions {
  readonly url: string;
  readonly ledger: string;
  readonly run: string;
  readonly write: (text: string) => void;
}

export function openStage(api: Api, options: StageOptions): Stage {
  const { write, run } = options;
  let claims = 0;
  const show = (request: ApiRequest): void =>
    write(`\n${styleText('cyan', curlLine(request, options))}\n`);
  return {
    api,
    run,
    get claims() {
      return claims;
    },
    title: (text) => write(`\n\n${styleText(['bold', 'underline'], text)}\n`),
    tell: (sentence) => write(`\n${sentence}\n`),
    show,
    ask: async (request) => {
      show(request);
      const answer = await api(request);
      write(`${formatAnswer(answer)}\n`);
      return answer;
    },
    claim: (sentence, actual, expected) => {
      if (!isDeepStrictEqual(actual, expected)) {
        throw new Error(`Not so: ${sentence}. Expected ${shown(expected)}, got ${shown(actual)}.`);
      }
      claims += 1;
      write(`${styleText('green', '✓')} ${sentence}\n`);
    },
  };
}

function shown(value: unknown): string {
  return inspect(value, { breakLength: Infinity });
}

/** A line to paste into a shell in which KEY holds the API key. */
function curlLine(
  { method, path, body, headers = {} }: ApiRequest,
  { url, ledger }: StageOptions,
): string {
  const parts = ['curl -sS -i', '-H "Authorization: Bearer $KEY"'];
  const given = {
    Ledger: ledger,
    ...headers,
    ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
  };
  for (const [name, value] of Object.entries(given)) parts.push(`-H ${quoted(`${name}: ${value}`)}`);
  if (body !== undefined) parts.push(`-d ${quoted(stringifyJson(body))}`);
  if (method !== (body === undefined ? 'GET' : 'POST')) parts.push(`-X ${method}`);
  return `$ ${[...parts, quoted(`${url}/v1${path}`)].join(' ')}`;
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

/** The amounts of the stories are small enough for the parser's numbers. */
function formatAnswer({ status, headers, text }: ApiAnswer): string {
  const colour = status < 300 ? 'green' : 'yellow';
  const lines = [styleText(colour, `HTTP ${status}`)];
  for (const name of shownHeaders) {
    const value = headers.get(name);
    if (value !== null) lines.push(styleText('dim', `${name}: ${value}`));
  }
  return [...lines, JSON.stringify(JSON.parse(text), null, 2)].join('\n');
}
