import { ConfigError, type Config } from './config.ts';
import type { ServerOptions } from './gateway/server.ts';
import { Certificate } from './gateway/tls.ts';
import type { Ledger } from './ledger/commands.ts';
import {
  answerForwarded,
  createMutualPost,
  forwardPath,
  postPlainly,
  type Post,
} from './ledger/forwarding.ts';
import type { Surroundings } from './parts.ts';
import type { Logger } from './runtime/log.ts';

type Started = (() => Promise<void>)[];

/**
 * What this process shows to clients.
 * @throws {ConfigError} where one of the two files is missing, {Error} where they do not fit
 */
export function openCertificate(config: Config, log: Logger, started: Started): Certificate | undefined {
  const { tlsCertFile: certFile, tlsKeyFile: keyFile, internalCaFile: caFile } = config;
  if (certFile === undefined && keyFile === undefined) return undefined;
  if (certFile === undefined || keyFile === undefined)
    throw new ConfigError('TLS_CERT_FILE and TLS_KEY_FILE: HTTPS needs both');
  return follow(new Certificate({ certFile, keyFile, caFile, log }), started);
}

/**
 * How this process posts to others: with INTERNAL_CA_FILE by certificates on both sides.
 * @throws {ConfigError} where it has none to show
 */
export function openPost(
  config: Config,
  log: Logger,
  tls: Certificate | undefined,
  started: Started,
): Post {
  const { internalCaFile: caFile, internalCertFile, internalKeyFile } = config;
  if (caFile === undefined) return postPlainly;
  if (internalCertFile === undefined && internalKeyFile === undefined && tls !== undefined)
    return createMutualPost(() => tls.context);
  if (internalCertFile === undefined || internalKeyFile === undefined)
    throw new ConfigError(
      'INTERNAL_CA_FILE: this process needs a certificate to show, INTERNAL_CERT_FILE and INTERNAL_KEY_FILE',
    );
  const files = { certFile: internalCertFile, keyFile: internalKeyFile, caFile };
  const own = follow(new Certificate({ ...files, log }), started);
  return createMutualPost(() => own.context);
}

function follow(certificate: Certificate, started: Started): Certificate {
  started.push(async () => certificate.close());
  return certificate;
}

/** Where other processes of this product send their commands. @throws {ConfigError} without HTTPS */
export function internalRoute(
  { config, token, tls }: Surroundings,
  ledger: Ledger,
): ServerOptions['internal'] {
  const needsCertificate = config.internalCaFile !== undefined;
  if (needsCertificate && tls === undefined)
    throw new ConfigError('INTERNAL_CA_FILE: certificates need TLS_CERT_FILE and TLS_KEY_FILE');
  return {
    path: forwardPath,
    token,
    needsCertificate,
    answer: (body) => answerForwarded(ledger, body),
  };
}
