import { parseAnswer, stringifyJson, type Json } from '@credit-ledger/contract/json.ts';

/** A request to the API; the path is under /v1. */
export interface ApiRequest {
  readonly method: 'GET' | 'POST' | 'PATCH';
  readonly path: string;
  readonly body?: Json;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface ApiAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** Parsed, with amounts of minor units as bigints. */
  readonly body: Json;
}

/** Nobody listens at the address. */
export class NoServer extends Error {
  override readonly name = 'NoServer';
}

/** Sends one request and answers with whatever came back. @throws {NoServer} */
export type Api = (request: ApiRequest) => Promise<ApiAnswer>;

/** Speaks to the server at `url` with an API key, about one ledger. */
export function connectApi(url: string, key: string, ledger: string): Api {
  return async ({ method, path, body, headers = {} }) => {
    const response = await send(`${url}/v1${path}`, {
      method,
      headers: { ...headersOf(key, ledger, body !== undefined), ...headers },
      ...(body === undefined ? {} : { body: stringifyJson(body) }),
    });
    const text = await response.text();
    return { status: response.status, headers: response.headers, text, body: parseBody(url, text) };
  };
}

async function send(url: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(url, init);
  } catch (error) {
    throw new NoServer(`No credit-ledger answers at ${new URL(url).origin}.`, { cause: error });
  }
}

function parseBody(url: string, text: string): Json {
  try {
    return parseAnswer(text);
  } catch (error) {
    throw new NoServer(`What answers at ${url} is no credit-ledger.`, { cause: error });
  }
}

function headersOf(key: string, ledger: string, hasBody: boolean): Record<string, string> {
  const headers = { authorization: `Bearer ${key}`, ledger };
  return hasBody ? { ...headers, 'content-type': 'application/json' } : headers;
}

/** Makes the ledger unless it is there. */
export async function ensureLedger(api: Api, name: string): Promise<void> {
  const headers = { ledger: 'main' };
  const { status, text } = await api({ method: 'POST', path: '/ledgers', body: { name }, headers });
  if (status !== 201 && status !== 409) throw new Error(`the ledger ${name} could not be made: ${text}`);
}
