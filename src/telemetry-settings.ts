import { z } from 'zod';
import { list, settings, text, url } from './setting-fields.ts';

const header = z.string().regex(/^[\w-]+=[^,]+$/, 'must be name=value, several with commas');

/** Of the one table of settings: what the program tells of itself. */
export const telemetrySettings = {
  logLevel: z
    .enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'])
    .default('info')
    .register(settings, {
      env: 'LOG_LEVEL',
      description: 'The least severe log lines that are written; SIGUSR2 turns debug on and off.',
    }),
  logFormat: z
    .enum(['pretty', 'json'])
    .default(() => (process.stdout.isTTY ? 'pretty' : 'json'))
    .register(settings, {
      env: 'LOG_FORMAT',
      defaultText: 'pretty in a terminal, else json',
      description: 'How log lines look.',
    }),
  otlpEndpoint: url(/^https?$/, 'http://localhost:4318')
    .optional()
    .register(settings, {
      env: 'OTEL_EXPORTER_OTLP_ENDPOINT',
      defaultText: 'traces are not sent',
      description:
        'A collector of traces, by OTLP over HTTP: OpenTelemetry Collector, Alloy, Tempo, Jaeger.',
    }),
  otlpHeaders: list().pipe(z.array(header)).optional().register(settings, {
    env: 'OTEL_EXPORTER_OTLP_HEADERS',
    secret: true,
    description: 'What is sent to it beside the traces, as name=value with commas.',
  }),
  serviceName: text().default('credit-ledger').register(settings, {
    env: 'OTEL_SERVICE_NAME',
    description: 'What this program is called in traces and log lines.',
  }),
  traceRatio: z
    .string()
    .regex(/^(0(\.\d+)?|1(\.0+)?)$/, 'must be from 0 to 1')
    .transform(Number)
    .default(0.01)
    .register(settings, {
      env: 'OTEL_TRACES_SAMPLER_ARG',
      description:
        'The share of requests that is traced, from 0 to 1; one that comes with a traceparent is traced as that says.',
    }),
};
