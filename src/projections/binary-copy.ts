import type { Column } from './columns.ts';

/** "PGCOPY\n\377\r\n\0", flags, and no extension. */
const header = Buffer.from('5047434f50590aff0d0a000000000000000000', 'hex');
const trailer = -1;
const absent = -1;
/** Milliseconds from 1970 to 2000, where PostgreSQL's times begin. */
const since2000 = 946_684_800_000;
const dayMs = 86_400_000;
const two32 = 2 ** 32;
/** Up to here a loop over characters is faster than a call into native code. */
const shortTextMax = 32;

/**
 * Rows in PostgreSQL's binary format of COPY (its manual, "COPY", Binary Format): it costs both sides about half of
 * what the text format does.
 */
export function binaryCopy<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): Buffer {
  const writer = new CopyWriter(rows.length * columns.length * 24);
  for (const row of rows) {
    writer.int16(columns.length);
    for (const { type, pick } of columns) {
      const value = pick(row);
      if (value === null) writer.int32(absent);
      else if (type === 'uuid') writer.uuid(String(value));
      else if (type === 'bigint') writer.bigint(value);
      else if (type === 'timestamptz') writer.time(Number(value));
      else if (type === 'smallint') writer.smallint(Number(value));
      else if (type === 'date') writer.date(String(value));
      else writer.text(String(value));
    }
  }
  return writer.finish();
}

class CopyWriter {
  #buffer: Buffer;
  #end = 0;

  constructor(size: number) {
    this.#buffer = Buffer.allocUnsafe(header.length + size);
    this.#end = header.copy(this.#buffer);
  }

  finish(): Buffer {
    this.int16(trailer);
    return this.#buffer.subarray(0, this.#end);
  }

  int16(value: number): void {
    this.#reserve(2);
    this.#end = this.#buffer.writeInt16BE(value, this.#end);
  }

  int32(value: number): void {
    this.#reserve(4);
    this.#end = this.#buffer.writeInt32BE(value, this.#end);
  }

  smallint(value: number): void {
    this.int32(2);
    this.int16(value);
  }

  bigint(value: string | number | bigint): void {
    const small = Number(value);
    if (Number.isSafeInteger(small)) return this.#int64(small);
    this.int32(8);
    this.#reserve(8);
    this.#end = this.#buffer.writeBigInt64BE(BigInt(value), this.#end);
  }

  /** @param ms milliseconds since 1970; PostgreSQL counts microseconds */
  time(ms: number): void {
    const micros = (ms - since2000) * 1000;
    // From the year 2286 on a number holds no microseconds any more.
    if (Number.isSafeInteger(micros)) this.#int64(micros);
    else this.bigint(BigInt(ms - since2000) * 1000n);
  }

  /** @param day as `2026-03-01`; PostgreSQL counts days */
  date(day: string): void {
    this.int32(4);
    this.int32((Date.parse(`${day}T00:00:00Z`) - since2000) / dayMs);
  }

  text(value: string): void {
    this.#reserve(4 + 3 * value.length);
    const start = this.#end + 4;
    const length = this.#shortText(value, start) ?? this.#buffer.write(value, start);
    this.#buffer.writeInt32BE(length, this.#end);
    this.#end = start + length;
  }

  /** 36 characters of which four are hyphens, as 16 bytes. */
  uuid(value: string): void {
    this.#reserve(20);
    const start = this.#buffer.writeInt32BE(16, this.#end);
    let at = start;
    let high = -1;
    for (let index = 0; index < value.length && at < start + 16; index += 1) {
      const digit = digitOf(value.charCodeAt(index));
      if (digit === -1) continue;
      if (high === -1) high = digit;
      else {
        this.#buffer[at] = high * 16 + digit;
        at += 1;
        high = -1;
      }
    }
    if (at !== start + 16 || value.length !== 36) throw new Error(`${value} is no UUID`);
    this.#end = at;
  }

  /** A whole number within 2^53. */
  #int64(value: number): void {
    this.int32(8);
    this.#reserve(8);
    const high = Math.floor(value / two32);
    this.#buffer.writeInt32BE(high, this.#end);
    this.#end = this.#buffer.writeUInt32BE(value - high * two32, this.#end + 4);
  }

  /** The bytes of a text that is short and of ASCII alone; undefined where it is not. */
  #shortText(value: string, start: number): number | undefined {
    if (value.length > shortTextMax) return undefined;
    for (let index = 0; index < value.length; index += 1) {
      const code = value.charCodeAt(index);
      if (code > 0x7f) return undefined;
      this.#buffer[start + index] = code;
    }
    return value.length;
  }

  #reserve(count: number): void {
    if (this.#end + count <= this.#buffer.length) return;
    const larger = Buffer.allocUnsafe(2 * this.#buffer.length + count);
    this.#buffer.copy(larger, 0, 0, this.#end);
    this.#buffer = larger;
  }
}

/** -1 for what is no hexadecimal digit. */
function digitOf(code: number): number {
  if (code >= 0x30 && code <= 0x39) return code - 0x30;
  if (code >= 0x61 && code <= 0x66) return code - 0x57;
  return code >= 0x41 && code <= 0x46 ? code - 0x37 : -1;
}
