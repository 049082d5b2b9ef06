import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Files in PEM. */
export interface Certificates {
  /** The certificate of the authority, which no system knows. */
  readonly authority: string;
  readonly cert: string;
  readonly key: string;
}

/** Makes a certificate authority, and a certificate of it for localhost, in a new folder. */
export function makeCertificates(folder: string): Certificates {
  const newKey = '-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes';
  const constraints = '-addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign';
  mkdirSync(folder);
  writeFileSync(join(folder, 'extensions'), 'subjectAltName=DNS:localhost,IP:127.0.0.1\n');
  for (const command of [
    `req -x509 ${newKey} -keyout ca.key -out ca.pem -subj /CN=Site-CA ${constraints}`,
    `req ${newKey} -keyout server.key -out server.csr -subj /CN=localhost`,
    'x509 -req -in server.csr -CA ca.pem -CAkey ca.key -extfile extensions -out server.pem',
  ]) {
    execFileSync('openssl', command.split(' '), { cwd: folder, stdio: 'ignore' });
  }
  const [authority = '', cert = '', key = ''] = ['ca.pem', 'server.pem', 'server.key'].map((file) =>
    join(folder, file),
  );
  return { authority, cert, key };
}
