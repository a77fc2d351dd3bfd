import { hash, timingSafeEqual } from 'node:crypto';
import { TLSSocket } from 'node:tls';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { sendAnswer } from './answer.ts';
import { answerProblem } from './problem.ts';

/** Commands that a stand-by forwards; the token is what both processes know. */
export interface InternalRoute {
  readonly path: string;
  readonly token: string;
  /** Also a certificate of our own authority is needed. */
  readonly needsCertificate: boolean;
  readonly answer: (body: Buffer) => Promise<Buffer>;
}

/** Hears of whoever asked without being one of our processes. */
export type NoteStranger = (request: FastifyRequest, reason: string) => void;

const bodyMax = 64 * 1024 * 1024;

/** The route between processes of this product. To strangers it looks like any address there is not. */
export function registerInternal(
  server: FastifyInstance,
  { path, token, needsCertificate, answer }: InternalRoute,
  noteStranger: NoteStranger = () => {},
): void {
  const expected = hash('sha256', `Internal ${token}`, 'buffer');
  const findFault = ({ headers, raw }: FastifyRequest): string | undefined => {
    const given = hash('sha256', headers.authorization ?? '', 'buffer');
    if (!timingSafeEqual(given, expected)) return 'internal token';
    if (!needsCertificate) return undefined;
    const { socket } = raw;
    return socket instanceof TLSSocket && socket.authorized ? undefined : 'internal certificate';
  };
  server.addContentTypeParser(
    'application/octet-stream',
    { parseAs: 'buffer' },
    (_request, body, done) => done(null, body),
  );
  server.post(path, {
    bodyLimit: bodyMax,
    onRequest: (request, reply, done) => {
      const fault = findFault(request);
      if (fault === undefined) {
        done();
        return;
      }
      noteStranger(request, fault);
      const detail = 'there is nothing at this address';
      sendAnswer(reply, answerProblem({ code: 'not_found', detail }));
    },
    handler: async (request, reply) => {
      if (!(request.body instanceof Buffer)) throw new Error('an internal request came without a body');
      return reply.type('application/octet-stream').send(await answer(request.body));
    },
  });
}
