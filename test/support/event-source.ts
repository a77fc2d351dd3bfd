const waitMsMax = 20_000;

/** One event of a stream, or a heartbeat that only moves the id on. */
export interface Frame {
  readonly id: string | undefined;
  readonly type: string | undefined;
  readonly data: Record<string, unknown>;
}

/** A live feed as a browser's EventSource reads it, in the hands of a test. */
export interface EventStream {
  readonly status: number;
  readonly headers: Headers;
  /** The next event; undefined when the stream has ended. */
  next(): Promise<Frame | undefined>;
  close(): void;
}

/** Opens the feed at an address. Reads nothing ahead of what is asked for. */
export async function openStream(url: string, headers: Record<string, string>): Promise<EventStream> {
  const abort = new AbortController();
  const response = await fetch(url, {
    headers: { accept: 'text/event-stream', ...headers },
    signal: abort.signal,
  });
  const chunks = response.body?.pipeThrough(new TextDecoderStream())[Symbol.asyncIterator]();
  let buffered = '';
  const next = (): Promise<Frame | undefined> => inTime(readNext());
  const readNext = async (): Promise<Frame | undefined> => {
    for (;;) {
      const end = buffered.indexOf('\n\n');
      if (end === -1) {
        const chunk = await chunks?.next();
        if (chunk === undefined || chunk.done === true) return undefined;
        buffered += chunk.value;
        continue;
      }
      const frame = readFrame(buffered.slice(0, end));
      buffered = buffered.slice(end + 2);
      if (frame.type !== undefined) return frame;
    }
  };
  return { status: response.status, headers: response.headers, next, close: () => abort.abort() };
}

/** A feed that neither goes on nor ends fails its test. */
async function inTime<Value>(work: Promise<Value>): Promise<Value> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error('the feed stands still')), waitMsMax);
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

function readFrame(text: string): Frame {
  const fields = new Map(
    text.split('\n').map((line): [string, string] => {
      const colon = line.indexOf(': ');
      return [line.slice(0, colon), line.slice(colon + 2)];
    }),
  );
  const parsed: unknown = JSON.parse(fields.get('data') ?? '{}');
  const data = typeof parsed === 'object' && parsed !== null ? { ...parsed } : {};
  return { id: fields.get('id'), type: fields.get('event'), data };
}
