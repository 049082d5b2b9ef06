import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

/** A certificate authority and its certificate for localhost, made by `openssl`. */
export function makeCertificates() {
  const folder = mkdtempSync(join(tmpdir(), 'jeton-ca-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const openssl = (...args: string[]) => execFileSync('openssl', args, { cwd: folder, stdio: 'pipe' });
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  openssl('req', '-x509', ...key, '-keyout', 'ca.key', '-out', 'ca.pem', '-subj', '/CN=Test CA');
  openssl('req', ...key, '-keyout', 'server.key', '-out', 'server.csr', '-subj', '/CN=localhost');
  writeFileSync(join(folder, 'extensions'), 'subjectAltName=DNS:localhost\n');
  const issue = [
    'x509',
    '-req',
    '-in',
    'server.csr',
    '-CA',
    'ca.pem',
    '-CAkey',
    'ca.key',
    '-extfile',
    'extensions',
  ];
  openssl(...issue, '-out', 'server.pem', '-CAcreateserial');
  const read = (name: string) => readFileSync(join(folder, name));
  return { certPath: join(folder, 'ca.pem'), tls: { key: read('server.key'), cert: read('server.pem') } };
}
