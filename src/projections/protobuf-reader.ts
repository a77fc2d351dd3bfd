const wireVarint = 0;
const wireBytes = 2;
/** Bytes of the types that have a fixed length. */
const fixedLengths: Readonly<Record<number, number>> = { 1: 8, 5: 4 };
const shortMax = 4;
const keptMax = 4096;

/** The bytes are no protobuf message, or another one. */
export class MalformedMessage extends Error {
  override readonly name = 'MalformedMessage';
}

/**
 * Reads protobuf messages, one after another, with one object for all of them. Fields come by `next`, and the value of
 * each is taken or skipped. Every method throws MalformedMessage where the bytes are no such value.
 */
export class ProtobufReader {
  #bytes: Buffer = Buffer.alloc(0);
  #at = 0;
  /** Where the message ends that is being read. */
  #end = 0;
  #wireType = 0;
  /** Currencies, empty metadata and the like come again and again. */
  readonly #short = new Map<number, string>();

  begin(bytes: Uint8Array): void {
    this.#bytes = Buffer.isBuffer(bytes)
      ? bytes
      : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#at = 0;
    this.#end = bytes.length;
  }

  /** The number of the next field of the message; 0 at its end. */
  next(): number {
    if (this.#at === this.#end) return 0;
    const tag = this.#varint();
    this.#wireType = tag & 7;
    return tag >>> 3;
  }

  /** Begins the message that is the value of a field. @returns what `leave` takes */
  enter(): number {
    const length = this.#length();
    const outer = this.#end;
    this.#end = this.#at + length;
    return outer;
  }

  leave(outer: number): void {
    this.#end = outer;
  }

  /** An int64 or an enum. */
  integer(): bigint {
    this.#expect(wireVarint);
    return this.#int64();
  }

  text(): string {
    const length = this.#length();
    const start = this.#at;
    this.#at += length;
    return length <= shortMax
      ? this.#shortText(start, length)
      : this.#bytes.toString('utf8', start, this.#at);
  }

  /** Passes over the value of a field that is not known. */
  skip(): void {
    if (this.#wireType === wireVarint) return void this.#int64();
    const length =
      this.#wireType === wireBytes ? this.#length() : (fixedLengths[this.#wireType] ?? Infinity);
    if (length > this.#end - this.#at) throw new MalformedMessage('the message ends too early');
    this.#at += length;
  }

  #expect(wireType: number): void {
    if (this.#wireType !== wireType) throw new MalformedMessage('a field is of another type');
  }

  #int64(): bigint {
    let value = 0;
    let scale = 1;
    // Seven bytes hold 49 bits, which a number holds exactly.
    for (let index = 0; index < 7; index += 1) {
      const byte = this.#byte();
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return BigInt(value);
      scale *= 128;
    }
    let long = BigInt(value);
    for (let shift = 49n; shift < 70n; shift += 7n) {
      const byte = this.#byte();
      long |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return BigInt.asIntN(64, long);
    }
    throw new MalformedMessage('a number has more than 64 bits');
  }

  #length(): number {
    this.#expect(wireBytes);
    const length = this.#varint();
    if (length > this.#end - this.#at) throw new MalformedMessage('a field is longer than its message');
    return length;
  }

  /** A tag or a length: at most 31 bits. */
  #varint(): number {
    let value = 0;
    for (let scale = 1; scale < 2 ** 35; scale *= 128) {
      const byte = this.#byte();
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) {
        if (value >= 2 ** 31) break;
        return value;
      }
    }
    throw new MalformedMessage('a tag or a length is too large');
  }

  #byte(): number {
    const byte = this.#at < this.#end ? this.#bytes[this.#at] : undefined;
    if (byte === undefined) throw new MalformedMessage('the message ends too early');
    this.#at += 1;
    return byte;
  }

  #shortText(start: number, length: number): string {
    let key = length;
    for (let index = 0; index < length; index += 1) key = key * 256 + (this.#bytes[start + index] ?? 0);
    const known = this.#short.get(key);
    if (known !== undefined) return known;
    const text = this.#bytes.toString('utf8', start, start + length);
    if (this.#short.size === keptMax) this.#short.clear();
    this.#short.set(key, text);
    return text;
  }
}
