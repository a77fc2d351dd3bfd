import { z } from 'zod';
import { integer, isAddressRange, list, settings, text, url } from './setting-fields.ts';

const fourEyesRules = ['discards', 'forced_reversals', 'credit_limits'] as const;

/** Of the one table of settings: who comes in, from where, and who is believed. */
export const securitySettings = {
  adminApiKey: text().min(16, 'must be at least 16 characters').optional().register(settings, {
    env: 'ADMIN_API_KEY',
    secret: true,
    defaultText: 'made once, kept in DATA_DIR/admin.key',
    description: 'The first API key, with every scope.',
  }),
  apiKeyPepper: text().min(16, 'must be at least 16 characters').optional().register(settings, {
    env: 'API_KEY_PEPPER',
    secret: true,
    defaultText: 'made once, kept in DATA_DIR/api-key.pepper',
    description: 'What digests of API keys are made with; the same for every gateway of a database.',
  }),
  keyGraceMs: integer(0, 86_400_000).default(300_000).register(settings, {
    env: 'KEY_GRACE_MS',
    unit: 'ms',
    description:
      "How long a known API key counts on while the ledger's database is away, so that read models can be read.",
  }),
  fourEyes: list()
    .pipe(z.array(z.enum(fourEyesRules, `must be some of ${fourEyesRules.join(', ')}`)))
    .optional()
    .register(settings, {
      env: 'FOUR_EYES',
      defaultText: 'nothing',
      description: `What waits for another administrator's approval: some of ${fourEyesRules.join(', ')}, with commas.`,
    }),
  approvalMs: integer(1000, 30 * 86_400_000)
    .default(86_400_000)
    .register(settings, {
      env: 'APPROVAL_MS',
      unit: 'ms',
      description: 'How long such a request waits before it expires.',
    }),
  internalToken: text().min(16, 'must be at least 16 characters').optional().register(settings, {
    env: 'INTERNAL_TOKEN',
    secret: true,
    description: 'Shared secret by which roles that run apart authenticate each other.',
  }),
  metricsToken: text().min(16, 'must be at least 16 characters').optional().register(settings, {
    env: 'METRICS_TOKEN',
    secret: true,
    defaultText: 'metrics are for whoever reaches the port',
    description: 'What Prometheus has to show to read /metrics, as Authorization: Bearer.',
  }),
  tlsCertFile: text().optional().register(settings, {
    env: 'TLS_CERT_FILE',
    defaultText: 'plain HTTP',
    description: 'The certificate with its chain (PEM), for HTTPS; read again when it changes.',
  }),
  tlsKeyFile: text().optional().register(settings, {
    env: 'TLS_KEY_FILE',
    description: 'Its private key (PEM).',
  }),
  internalCaFile: text().optional().register(settings, {
    env: 'INTERNAL_CA_FILE',
    defaultText: 'the internal token is enough',
    description:
      'The authority (PEM) that signs certificates of our own processes: commands between them need one.',
  }),
  internalCertFile: text().optional().register(settings, {
    env: 'INTERNAL_CERT_FILE',
    defaultText: 'TLS_CERT_FILE',
    description: 'The certificate (PEM) that this process shows to others of ours.',
  }),
  internalKeyFile: text().optional().register(settings, {
    env: 'INTERNAL_KEY_FILE',
    defaultText: 'TLS_KEY_FILE',
    description: 'Its private key (PEM).',
  }),
  trustedProxies: list()
    .pipe(z.array(z.string().refine(isAddressRange, 'must be addresses or ranges such as 10.0.0.0/8')))
    .optional()
    .register(settings, {
      env: 'TRUSTED_PROXIES',
      defaultText: 'none',
      description:
        'Proxies whose X-Forwarded-For says where a request comes from; addresses and ranges.',
    }),
  corsOrigins: list()
    .pipe(
      z.array(
        z.string().regex(/^https?:\/\/[^/\s*]+$/, 'must be origins such as https://app.example.com'),
      ),
    )
    .optional()
    .register(settings, {
      env: 'CORS_ORIGINS',
      defaultText: 'none',
      description: 'Web pages of these origins may call the API from a browser.',
    }),
  oidcIssuer: url(/^https?$/, 'https://id.example.com/realms/ledger')
    .optional()
    .register(settings, {
      env: 'OIDC_ISSUER',
      defaultText: 'API keys only',
      description: 'The issuer whose tokens are accepted beside API keys, as they name it.',
    }),
  oidcAudience: text().default('credit-ledger').register(settings, {
    env: 'OIDC_AUDIENCE',
    description: 'The audience that a token has to be for.',
  }),
  oidcScopeClaim: text().default('scope').register(settings, {
    env: 'OIDC_SCOPE_CLAIM',
    description: 'The claim with the scopes of a token, such as scope or realm_access.roles.',
  }),
  oidcScopePrefix: z.string().default('ledger:').register(settings, {
    env: 'OIDC_SCOPE_PREFIX',
    description: 'What stands before a scope in that claim.',
  }),
  oidcLedgersClaim: text().default('ledgers').register(settings, {
    env: 'OIDC_LEDGERS_CLAIM',
    description: 'The claim with the ledgers of a token.',
  }),
  oidcClientId: text().optional().register(settings, {
    env: 'OIDC_CLIENT_ID',
    defaultText: 'the console takes API keys only',
    description:
      'The client by which people sign in to the console; its redirect address is /sign-in/issuer/callback.',
  }),
  oidcClientSecret: text().optional().register(settings, {
    env: 'OIDC_CLIENT_SECRET',
    secret: true,
    defaultText: 'a public client',
    description: 'Its secret, where it has one.',
  }),
  oidcSignInScope: text().default('openid').register(settings, {
    env: 'OIDC_SIGN_IN_SCOPE',
    description: 'What the console asks the issuer for, with spaces between.',
  }),
};
