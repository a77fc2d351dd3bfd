import { connect } from 'node:net';

/** Sends bytes as they are. @returns status and code of the first answer, such as `400 invalid_request` */
export async function sendRaw(url: string, bytes: string | Uint8Array): Promise<string> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  const { promise, resolve } = Promise.withResolvers<string>();
  let text = '';
  const see = (): void => {
    const status = /^HTTP\/1\.1 (\d{3})/.exec(text)?.[1];
    const length = /\r\ncontent-length: (\d+)/i.exec(text)?.[1];
    const bodyAt = text.indexOf('\r\n\r\n');
    const isWhole = bodyAt > 0 && (length === undefined || text.length >= bodyAt + 4 + Number(length));
    if (status !== undefined && isWhole)
      resolve(`${status} ${/"code":"(\w+)"/.exec(text)?.[1] ?? ''}`.trim());
  };
  socket.on('data', (chunk: Buffer) => {
    text += chunk.toString('latin1');
    see();
  });
  socket.on('close', () => resolve(text === '' ? 'closed' : `closed ${text.slice(9, 12)}`));
  socket.on('error', () => {});
  socket.write(bytes);
  const summary = await promise;
  socket.destroy();
  return summary;
}
