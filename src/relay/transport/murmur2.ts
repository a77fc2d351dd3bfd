const seed = 0x9747b28c;
const multiplier = 0x5bd1e995;

/**
 * The 32-bit hash by which Kafka's Java client spreads keys over partitions, so that other clients find a key
 * where they expect it. Source: org.apache.kafka.common.utils.Utils.murmur2.
 */
export function murmur2(data: Uint8Array): number {
  let hash = seed ^ data.length;
  const tail = data.length & ~3;
  for (let at = 0; at < tail; at += 4) {
    let part = byteAt(data, at) | (byteAt(data, at + 1) << 8);
    part |= (byteAt(data, at + 2) << 16) | (byteAt(data, at + 3) << 24);
    part = Math.imul(part, multiplier);
    part ^= part >>> 24;
    hash = Math.imul(hash, multiplier) ^ Math.imul(part, multiplier);
  }
  const left = data.length - tail;
  if (left >= 3) hash ^= byteAt(data, tail + 2) << 16;
  if (left >= 2) hash ^= byteAt(data, tail + 1) << 8;
  if (left >= 1) hash = Math.imul(hash ^ byteAt(data, tail), multiplier);
  hash = Math.imul(hash ^ (hash >>> 13), multiplier);
  return hash ^ (hash >>> 15);
}

function byteAt(data: Uint8Array, index: number): number {
  return data[index] ?? 0;
}

/** The partition of a key among `count`. */
export function partitionOf(key: Uint8Array, count: number): number {
  return (murmur2(key) & 0x7fffffff) % count;
}
