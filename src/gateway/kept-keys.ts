import { createLocalJWKSet, errors, type createRemoteJWKSet, type JWTVerifyGetKey } from 'jose';

/** How long keys count on that the issuer was not there to publish again. */
const graceMs = 86_400_000;

/**
 * Keys of an issuer, and while it is away those that it published last: a token by a key that is known needs nobody.
 * What is not among them is unknown until the issuer is there again.
 * @throws what asking the issuer throws
 */
export function keepKeys(published: ReturnType<typeof createRemoteJWKSet>): JWTVerifyGetKey {
  let readAt = Number.NEGATIVE_INFINITY;
  return async (header, token) => {
    try {
      const key = await published(header, token);
      if (published.fresh) readAt = Date.now();
      return key;
    } catch (error) {
      const kept = published.jwks();
      const isTheTokens = error instanceof errors.JOSEError && !isAway(error);
      if (isTheTokens || kept === undefined || Date.now() - readAt > graceMs) throw error;
      return createLocalJWKSet(kept)(header, token).catch(() => {
        throw error;
      });
    }
  };
}

/** Whether the issuer is what failed: `jose` has one code for whatever answer is no set of keys. */
function isAway(error: errors.JOSEError): boolean {
  const { code } = error;
  return ['ERR_JWKS_TIMEOUT', 'ERR_JWKS_INVALID', 'ERR_JOSE_GENERIC'].includes(code);
}
