import { randomBytes } from 'node:crypto';
import { connect } from 'node:net';
import { idBytes, makeToken, secretBytes } from '../src/gateway/api-key-token.ts';

/** What others do to the server while it is measured. Call the result to end it. */
export type Flood = (url: string) => () => void;

/** So many connections that send a byte of a header now and then. */
export const slowClients: Flood = (url) => {
  const { hostname, port } = new URL(url);
  const isOver = { now: false };
  const open = (): void => {
    const socket = connect(Number(port), hostname);
    socket.on('error', () => {});
    socket.write('POST /v1/transfers HTTP/1.1\r\nHost: x\r\nX-Slow: ');
    const timer = setInterval(() => socket.write('a'), 500);
    socket.on('close', () => {
      clearInterval(timer);
      if (!isOver.now) setTimeout(open, 100);
    });
    ends.push(() => socket.destroy());
  };
  const ends: (() => void)[] = [];
  for (let n = 0; n < 1000; n += 1) open();
  return () => {
    isOver.now = true;
    for (const end of ends) end();
  };
};

/** Connections that are opened and left, 1,000 a second. */
export const connectionFlood: Flood = (url) => {
  const { hostname, port } = new URL(url);
  const timer = setInterval(() => {
    for (let n = 0; n < 10; n += 1) {
      const socket = connect(Number(port), hostname, () => socket.destroy());
      socket.on('error', () => {});
    }
  }, 10);
  return () => clearInterval(timer);
};

/** Keys of the right shape that nobody has, 1,000 a second, each another one. */
export const keyFlood: Flood = (url) => {
  const timer = setInterval(() => {
    for (let n = 0; n < 10; n += 1) {
      const { token } = makeToken(randomBytes(idBytes), randomBytes(secretBytes));
      void fetch(`${url}/v1/ledgers`, { headers: { authorization: `Bearer ${token}` } })
        .then((response) => response.arrayBuffer())
        .catch(() => {});
    }
  }, 10);
  return () => clearInterval(timer);
};
