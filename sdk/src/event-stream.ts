/** A message of an event stream, as HTML's `EventSource` defines it; a comment has an id at most. */
export interface StreamMessage {
  readonly id: string | undefined;
  readonly data: string | undefined;
}

/** A message may not be longer: a server that never ends one is no event stream. */
const longest = 16 * 1024 * 1024;

/**
 * The messages of an event stream, and undefined where bytes came that do not end one. Ends with the stream.
 * @throws what the body's reader throws
 */
export async function* readMessages(
  body: ReadableStream<Uint8Array>,
): AsyncGenerator<StreamMessage, void, undefined> {
  const decoder = new TextDecoder();
  const reader = body.getReader();
  let rest = '';
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      const blocks = (rest + decoder.decode(value, { stream: true })).split('\n\n');
      rest = blocks.pop() ?? '';
      if (rest.length > longest) throw new RangeError('a message of the feed does not end');
      for (const block of blocks) yield readMessage(block);
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}

function readMessage(block: string): StreamMessage {
  let id: string | undefined;
  const data: string[] = [];
  for (const line of block.split('\n')) {
    const value = line.slice(line.indexOf(':') + 1).replace(/^ /, '');
    if (line.startsWith('id:')) id = value;
    if (line.startsWith('data:')) data.push(value);
  }
  return { id, data: data.length === 0 ? undefined : data.join('\n') };
}
