#!/usr/bin/env node
// Whether the server of this container is alive: ends with 0 or 1, for HEALTHCHECK. Plain JavaScript, no packages.
import { request as askPlain } from 'node:http';
import { request as askEncrypted } from 'node:https';

const { HOST, PORT: port = '4000', TLS_CERT_FILE: certificate } = process.env;
// A server that listens everywhere listens here, too.
const host = HOST === undefined || HOST === '0.0.0.0' ? '127.0.0.1' : HOST;
const ask = certificate ? askEncrypted : askPlain;
// The certificate is for the name that clients use: here only the answer counts.
const options = { host, port, path: '/healthz', timeout: 4000, rejectUnauthorized: false };

ask(options, ({ statusCode }) => process.exit(statusCode === 200 ? 0 : 1))
  .on('timeout', () => process.exit(1))
  .on('error', () => process.exit(1))
  .end();
