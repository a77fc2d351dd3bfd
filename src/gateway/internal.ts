import { hash, timingSafeEqual } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import { sendAnswer } from './answer.ts';
import { answerProblem } from './problem.ts';

/** Commands that a stand-by forwards; the token is what both processes know. */
export interface InternalRoute {
  readonly path: string;
  readonly token: string;
  readonly answer: (body: Buffer) => Promise<Buffer>;
}

const bodyMax = 64 * 1024 * 1024;

/** The route between processes of this product. Without the token it looks like any address there is not. */
export function registerInternal(server: FastifyInstance, { path, token, answer }: InternalRoute): void {
  const expected = hash('sha256', `Internal ${token}`, 'buffer');
  server.addContentTypeParser(
    'application/octet-stream',
    { parseAs: 'buffer' },
    (_request, body, done) => done(null, body),
  );
  server.post(path, {
    bodyLimit: bodyMax,
    onRequest: (request, reply, done) => {
      const given = hash('sha256', request.headers.authorization ?? '', 'buffer');
      if (timingSafeEqual(given, expected)) done();
      else
        sendAnswer(
          reply,
          answerProblem({ code: 'not_found', detail: 'there is nothing at this address' }),
        );
    },
    handler: async (request, reply) => {
      if (!(request.body instanceof Buffer)) throw new Error('an internal request came without a body');
      return reply.type('application/octet-stream').send(await answer(request.body));
    },
  });
}
