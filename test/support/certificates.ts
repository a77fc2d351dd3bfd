import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runToEnd } from '../../tools/programs.ts';

/** Files of one certificate. */
export interface CertificateFiles {
  readonly certFile: string;
  readonly keyFile: string;
}

const key = '-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2'.split(' ');

/** An authority, and what makes certificates for localhost that it has signed. */
export function makeAuthority(
  directory: string,
  name: string,
): { readonly caFile: string; sign(whom: string): CertificateFiles } {
  const caFile = join(directory, `${name}.crt`);
  const caKey = join(directory, `${name}.key`);
  runToEnd('openssl', [
    'req',
    '-x509',
    ...key,
    '-subj',
    `/CN=${name}`,
    '-keyout',
    caKey,
    '-out',
    caFile,
  ]);
  const sign = (whom: string): CertificateFiles => {
    const certFile = join(directory, `${name}-${whom}.crt`);
    const keyFile = join(directory, `${name}-${whom}.key`);
    const request = join(directory, `${name}-${whom}.csr`);
    const extensions = join(directory, `${name}-${whom}.ext`);
    writeFileSync(extensions, 'subjectAltName=DNS:localhost,IP:127.0.0.1\n');
    runToEnd('openssl', [
      'req',
      ...key.slice(0, 5),
      '-subj',
      `/CN=${whom}`,
      '-keyout',
      keyFile,
      '-out',
      request,
    ]);
    const by = ['-CA', caFile, '-CAkey', caKey, '-CAcreateserial', '-days', '2', '-extfile', extensions];
    runToEnd('openssl', ['x509', '-req', '-in', request, ...by, '-out', certFile]);
    return { certFile, keyFile };
  };
  return { caFile, sign };
}
