const wireVarint = 0;
const wireBytes = 2;
/** Up to here a loop over characters is faster than a call into native code. */
const shortTextMax = 64;
const two28 = 0x1000_0000;
const two32 = 0x1_0000_0000;

/**
 * Writes protobuf messages into one buffer that is kept and grows: a message is written whole before the next
 * one begins, and `finish` copies it out. Nested messages are written behind a gap for their length, which is
 * filled in afterwards.
 */
export class ProtobufWriter {
  #buffer = Buffer.alloc(4096);
  #end = 0;

  begin(): void {
    this.#end = 0;
  }

  finish(): Buffer {
    return Buffer.from(this.#buffer.subarray(0, this.#end));
  }

  bool(field: number, value: boolean): void {
    if (value) this.integer(field, 1);
  }

  /** An int64, also where it is 0. Numbers are whole and within 2^53. */
  integer(field: number, value: number | bigint): void {
    this.#reserve(12);
    this.#tag(field, wireVarint);
    const small = Number(value);
    if (small >= 0 && small <= Number.MAX_SAFE_INTEGER) return this.#varint(small);
    const bits = BigInt.asUintN(64, BigInt(value));
    let low = Number(bits & 0xfffffffn);
    let high = Number(bits >> 28n);
    for (let group = 0; group < 4; group += 1, low >>>= 7) this.#byte((low & 0x7f) | 0x80);
    for (; high >= two32; high = Math.floor(high / 128)) this.#byte((high % 128) | 0x80);
    this.#varint(high);
  }

  text(field: number, value: string): void {
    this.#reserve(value.length * 3 + 7);
    this.#tag(field, wireBytes);
    const start = this.#end;
    this.#end += 1;
    if (value.length > shortTextMax || !this.#ascii(value)) {
      this.#end = start + 1 + this.#buffer.write(value, start + 1, 'utf8');
    }
    this.#fillLength(start, 1);
  }

  /** Bytes given as hexadecimal digits. */
  bytes(field: number, hex: string): void {
    const length = hex.length / 2;
    this.#reserve(length + 7);
    this.#tag(field, wireBytes);
    this.#varint(length);
    this.#end += this.#buffer.write(hex, this.#end, 'hex');
  }

  /** Begins a nested message, whose length likely takes `gap` bytes. @returns what `close` needs. */
  open(field: number, gap: 1 | 2): number {
    this.#reserve(7);
    this.#tag(field, wireBytes);
    const start = this.#end;
    this.#end += gap;
    return start;
  }

  close(start: number, gap: 1 | 2): void {
    this.#reserve(5);
    this.#fillLength(start, gap);
  }

  #fillLength(start: number, gap: number): void {
    const length = this.#end - start - gap;
    const needed = length < 0x80 ? 1 : length < 0x4000 ? 2 : length < 0x20_0000 ? 3 : 4;
    if (needed !== gap) this.#buffer.copyWithin(start + needed, start + gap, this.#end);
    this.#end = start;
    this.#varint(length);
    this.#end += length;
  }

  /** Writes text of one byte a character, as far as it is that. */
  #ascii(value: string): boolean {
    const buffer = this.#buffer;
    let end = this.#end;
    for (let index = 0; index < value.length; index += 1) {
      const code = value.charCodeAt(index);
      if (code >= 0x80) return false;
      buffer[end] = code;
      end += 1;
    }
    this.#end = end;
    return true;
  }

  #tag(field: number, wire: number): void {
    this.#varint((field << 3) | wire);
  }

  /** 0 … 2^53-1: beyond 32 bits the lowest four groups come first, so that the rest is done with bits. */
  #varint(value: number): void {
    let rest = value;
    if (rest >= two32) {
      let low = rest % two28;
      rest = Math.floor(rest / two28);
      for (let group = 0; group < 4; group += 1, low >>>= 7) this.#byte((low & 0x7f) | 0x80);
    }
    for (; rest > 0x7f; rest >>>= 7) this.#byte((rest & 0x7f) | 0x80);
    this.#byte(rest);
  }

  #byte(value: number): void {
    this.#buffer[this.#end] = value;
    this.#end += 1;
  }

  #reserve(size: number): void {
    if (this.#end + size <= this.#buffer.length) return;
    const larger = Buffer.alloc((this.#end + size) * 2);
    this.#buffer.copy(larger, 0, 0, this.#end);
    this.#buffer = larger;
  }
}
