import { createServer } from 'node:http';
import type { TestContext } from 'node:test';
import { buffer } from 'node:stream/consumers';
import { BinaryReader, WireType } from '@bufbuild/protobuf/wire';
import { listenFor } from './receiver.ts';

/** A span as it came over the wire. */
export interface SunkSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentId: string;
  readonly name: string;
  readonly kind: number;
  readonly startedAt: bigint;
  readonly endedAt: bigint;
  readonly attributes: ReadonlyMap<string, string>;
  /** Trace ids of its links. */
  readonly links: readonly string[];
  readonly hasFailed: boolean;
  /** Attributes of the process that made it. */
  readonly resource: ReadonlyMap<string, string>;
}

export interface OtlpSink {
  readonly url: string;
  readonly spans: SunkSpan[];
  /** What requests carried. */
  readonly headers: Record<string, unknown>[];
}

/** The far side of OTLP over HTTP: decodes the protobuf of opentelemetry-proto, trace/v1, by its field numbers. */
export async function startOtlpSink(t: TestContext): Promise<OtlpSink> {
  const spans: SunkSpan[] = [];
  const headers: Record<string, unknown>[] = [];
  const server = createServer((request, response) => {
    const take = async (): Promise<void> => {
      const body = await buffer(request);
      headers.push({ ...request.headers, path: request.url });
      spans.push(...readRequest(body));
      response.writeHead(200, { 'content-type': 'application/x-protobuf' }).end();
    };
    take().catch(() => response.writeHead(400).end());
  });
  return { url: `http://127.0.0.1:${await listenFor(t, server)}`, spans, headers };
}

/** The values of a message by field number. */
class Fields {
  readonly #values = new Map<number, (Uint8Array | bigint)[]>();

  constructor(bytes: Uint8Array) {
    const reader = new BinaryReader(bytes);
    while (reader.pos < reader.len) {
      const [number, type] = reader.tag();
      const values = this.#values.get(number) ?? [];
      this.#values.set(number, [...values, readValue(reader, type)]);
    }
  }

  messages(number: number): Fields[] {
    return this.bytes(number).map((bytes) => new Fields(bytes));
  }

  bytes(number: number): Uint8Array[] {
    return (this.#values.get(number) ?? []).filter((value) => typeof value !== 'bigint');
  }

  number(number: number): bigint {
    const [value] = this.#values.get(number) ?? [];
    return typeof value === 'bigint' ? value : 0n;
  }

  text(number: number): string {
    return Buffer.from(this.bytes(number)[0] ?? []).toString();
  }

  hex(number: number): string {
    return Buffer.from(this.bytes(number)[0] ?? []).toString('hex');
  }
}

function readValue(reader: BinaryReader, type: WireType): Uint8Array | bigint {
  switch (type) {
    case WireType.LengthDelimited:
      return reader.bytes();
    case WireType.Varint:
      return BigInt(reader.uint64());
    case WireType.Bit64:
      return BigInt(reader.fixed64());
    case WireType.Bit32:
      return BigInt(reader.fixed32());
    default:
      throw new Error(`a field of wire type ${type}`);
  }
}

function readRequest(body: Uint8Array): SunkSpan[] {
  return new Fields(body).messages(1).flatMap((ofResource) => {
    const resource = readAttributes(ofResource.messages(1)[0]?.messages(1) ?? []);
    const scopes = ofResource.messages(2);
    return scopes.flatMap((scope) => scope.messages(2).map((span) => readSpan(span, resource)));
  });
}

function readSpan(span: Fields, resource: ReadonlyMap<string, string>): SunkSpan {
  return {
    traceId: span.hex(1),
    spanId: span.hex(2),
    parentId: span.hex(4),
    name: span.text(5),
    kind: Number(span.number(6)),
    startedAt: span.number(7),
    endedAt: span.number(8),
    attributes: readAttributes(span.messages(9)),
    links: span.messages(13).map((link) => link.hex(1)),
    hasFailed: span.messages(15)[0]?.number(3) === 2n,
    resource,
  };
}

/** Text and whole numbers as text; the others are empty. */
function readAttributes(pairs: readonly Fields[]): Map<string, string> {
  return new Map(
    pairs.map((pair) => {
      const value = pair.messages(2)[0];
      const text = value?.text(1) ?? '';
      return [pair.text(1), text === '' ? String(value?.number(3) ?? '') : text];
    }),
  );
}
