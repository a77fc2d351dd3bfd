import { setImmediate as turn } from 'node:timers/promises';
import type { ClientBase } from 'pg';
import { to as copyTo } from 'pg-copy-streams';

/** Of "PGCOPY\n\377\r\n\0", flags, and the length of the extension. */
const headerLength = 19;
const fromYear2000Ms = 946_684_800_000;

/** Rows of a binary COPY, read one after the other, field by field in the order of the columns. */
export class CopyRows {
  readonly #bytes: Buffer;
  #at = headerLength;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  /** Goes to the next row. False at the end. */
  next(): boolean {
    if (this.#at + 2 > this.#bytes.length) return false;
    const fields = this.#bytes.readInt16BE(this.#at);
    this.#at += 2;
    return fields !== -1;
  }

  /** An int8 within 2^53. */
  integer(): number {
    const at = this.#field();
    return this.#bytes.readInt32BE(at) * 0x1_0000_0000 + this.#bytes.readUInt32BE(at + 4);
  }

  bigint(): bigint {
    return this.#bytes.readBigInt64BE(this.#field());
  }

  boolean(): boolean {
    return this.#bytes[this.#field()] === 1;
  }

  /** A timestamptz as milliseconds since 1970. */
  time(): number {
    return Math.floor(this.integer() / 1000) + fromYear2000Ms;
  }

  text(): string {
    return this.textOrNull() ?? '';
  }

  textOrNull(): string | null {
    const length = this.#bytes.readInt32BE(this.#at);
    if (length === -1) {
      this.#at += 4;
      return null;
    }
    const at = this.#field();
    return this.#bytes.toString('utf8', at, at + length);
  }

  /** Text of ASCII only, such as an id. */
  ascii(): string {
    const length = this.#bytes.readInt32BE(this.#at);
    const at = this.#field();
    return this.#bytes.toString('latin1', at, at + length);
  }

  asciiOrNull(): string | null {
    if (this.#bytes.readInt32BE(this.#at) !== -1) return this.ascii();
    this.#at += 4;
    return null;
  }

  /** A view of the bytes, valid as long as they are. */
  bytes(): Buffer {
    const length = this.#bytes.readInt32BE(this.#at);
    const at = this.#field();
    return this.#bytes.subarray(at, at + Math.max(0, length));
  }

  /** Steps over a field, and says where its value begins. */
  #field(): number {
    const length = this.#bytes.readInt32BE(this.#at);
    const at = this.#at + 4;
    this.#at = at + Math.max(0, length);
    return at;
  }
}

/** All rows of a query that fit into memory. */
export async function copyRows(db: ClientBase, query: string): Promise<CopyRows> {
  const chunks: Buffer[] = [];
  const stream: AsyncIterable<Buffer> = db.query(copyTo(`copy (${query}) to stdout (format binary)`));
  for await (const chunk of stream) chunks.push(chunk);
  return new CopyRows(Buffer.concat(chunks));
}

const pieceMin = 1_000_000;

/**
 * Rows of a query of any length, some at a time. Each piece holds whole rows only: where a chunk ends within
 * a row, the rest of it waits for the next one.
 */
export async function* copyPieces(db: ClientBase, query: string): AsyncGenerator<CopyRows> {
  const stream: AsyncIterable<Buffer> = db.query(copyTo(`copy (${query}) to stdout (format binary)`));
  const header = Buffer.alloc(headerLength);
  let waiting: Buffer[] = [];
  let size = 0;
  let isFirst = true;
  for await (const chunk of stream) {
    waiting.push(chunk);
    size += chunk.length;
    if (size < pieceMin) continue;
    const bytes = Buffer.concat(isFirst ? waiting : [header, ...waiting]);
    const end = endOfRows(bytes);
    isFirst = false;
    yield new CopyRows(bytes.subarray(0, end));
    waiting = [Buffer.from(bytes.subarray(end))];
    size = bytes.length - end;
    await turn();
  }
  yield new CopyRows(Buffer.concat(isFirst ? waiting : [header, ...waiting]));
}

/** Where the last whole row ends. */
function endOfRows(bytes: Buffer): number {
  let end = headerLength;
  for (;;) {
    if (end + 2 > bytes.length) return end;
    const fields = bytes.readInt16BE(end);
    if (fields === -1) return end;
    let at = end + 2;
    for (let field = 0; field < fields; field += 1) {
      if (at + 4 > bytes.length) return end;
      at += 4 + Math.max(0, bytes.readInt32BE(at));
    }
    if (at > bytes.length) return end;
    end = at;
  }
}
