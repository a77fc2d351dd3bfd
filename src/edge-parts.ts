import { randomBytes } from 'node:crypto';
import { ConfigError, type Config } from './config.ts';
import { consoleFolder, hasConsole, type ConsoleOptions } from './gateway/console.ts';
import type { GatewayOptions, ServerOptions } from './gateway/gateway-options.ts';
import type { Issuer } from './gateway/issuer.ts';
import { SignInLinks } from './gateway/sign-in-links.ts';
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

/** What the console needs of the gateway, and where it is then. */
interface Front {
  readonly options: Pick<GatewayOptions, 'console' | 'links'>;
  /** A link that signs the administrator in once, where the key was made here: whoever reads this made it. */
  readonly urlAt: (address: string) => string | undefined;
}

/** The console, where it was built; the API is whole without it. */
export function openConsole(
  { config, log }: Surroundings,
  adminKey: { readonly token: string; readonly file: string | undefined },
  issuer: Issuer | undefined,
): Front {
  if (!hasConsole(consoleFolder)) {
    log.warn('the console was not built, so there is none at /: npm run bootstrap builds it');
    return { options: {}, urlAt: () => undefined };
  }
  const links = new SignInLinks({ random: randomBytes, now: Date.now });
  const console = { folder: consoleFolder, issuer: clientOf(config, issuer) };
  const urlAt = (address: string): string =>
    adminKey.file === undefined ? address : `${address}/sign-in#${links.issue(adminKey.token)}`;
  return { options: { console, links }, urlAt };
}

/** @throws {ConfigError} for a client without an issuer */
function clientOf(config: Config, issuer: Issuer | undefined): ConsoleOptions['issuer'] {
  const { oidcClientId: clientId, oidcClientSecret: clientSecret } = config;
  if (clientId === undefined) return undefined;
  if (issuer === undefined) throw new ConfigError('OIDC_CLIENT_ID: signing in needs OIDC_ISSUER');
  return { issuer, clientId, clientSecret, scope: config.oidcSignInScope };
}
