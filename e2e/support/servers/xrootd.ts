import { spawnSync } from 'node:child_process';
import { chmodSync, chownSync, copyFileSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { canMount } from '../computer/mounts.ts';
import { nobody } from '../computer/other-user.ts';
import type { Sandbox } from '../computer/sandbox.ts';
import type { Certificates } from './certificates.ts';

/** Whether we can start an XRootD server: only root can give it a system that knows our certificate authority. */
export const canRunXrootd =
  canMount && ['/usr/bin/xrootd', '/usr/bin/xrdfs'].every(existsSync) && hasPlugin('libXrdAccSciTokens-5.so');

function hasPlugin(name: string): boolean {
  return ['x86_64-linux-gnu', 'aarch64-linux-gnu'].some((machine) =>
    existsSync(`/usr/lib/${machine}/${name}`),
  );
}

/**
 * Starts an XRootD server that asks for a token (ztn), and has the scitokens plugin decide by the scopes in it. Its folder
 * `/data` belongs to the issuer, and has a file `x`, which says `stored`.
 *
 * @returns the URL of the server; `X509_CERT_DIR` of the sandbox's environment is set, so that XRootD's clients trust it
 */
export async function startXrootd(
  sandbox: Sandbox,
  issuer: string,
  { authority, cert, key }: Certificates,
): Promise<string> {
  const folder = join(sandbox.folder, 'xrootd');
  // The server refuses to run as root, so another user reads its files.
  chmodSync(sandbox.folder, 0o711);
  for (const each of ['', 'certificates', 'files', 'files/data']) {
    mkdirSync(join(folder, each));
    chownSync(join(folder, each), nobody.uid, nobody.gid);
  }
  for (const file of [authority, cert, key]) copyFileSync(file, join(folder, file.replace(/.*\//, '')));
  chownSync(join(folder, 'server.key'), nobody.uid, nobody.gid);
  copyFileSync(authority, join(folder, 'certificates', 'ca.pem'));
  spawnSync('openssl', ['rehash', join(folder, 'certificates')]);
  writeFileSync(join(folder, 'files/data/x'), 'stored');
  writeFileSync(join(folder, 'scitokens.cfg'), `[Issuer us]\nissuer = ${issuer}\nbase_path = /data\n`);
  writeFileSync(join(folder, 'xrootd.cfg'), configuration(folder));
  sandbox.env.X509_CERT_DIR = join(folder, 'certificates');

  // libscitokens takes the authorities of the system; it keeps the keys of issuers in its cache.
  const script = `mount --bind ${authority} /etc/ssl/certs/ca-certificates.crt && exec "$@"`;
  const user = ['setpriv', `--reuid=${nobody.uid}`, `--regid=${nobody.gid}`, '--clear-groups'];
  const server = ['xrootd', '-c', join(folder, 'xrootd.cfg')];
  const { stderr } = sandbox.spawn(
    '/usr/bin/unshare',
    ['-m', '/bin/sh', '-c', script, 'sh', ...user, ...server],
    {
      env: { HOME: folder, XDG_CACHE_HOME: folder },
    },
  );
  if (stderr === null) throw new Error('no output');
  const lines: string[] = [];
  for await (const line of createInterface({ input: stderr })) {
    lines.push(line);
    const [, port] = /^------ xrootd \S+:(\d+) initialization completed\.$/.exec(line) ?? [];
    if (port !== undefined) {
      stderr.resume();
      return `roots://localhost:${port}`;
    }
  }
  throw new Error(`xrootd does not start:\n${lines.join('\n')}`);
}

const configuration = (folder: string) => `xrd.port any
all.adminpath ${folder}
all.pidpath ${folder}
oss.localroot ${folder}/files
all.export /data
xrd.tls ${folder}/server.pem ${folder}/server.key
xrd.tlsca certfile ${folder}/ca.pem
xrootd.seclib libXrdSec.so
sec.protocol ztn
sec.protbind * only ztn
ofs.authorize 1
ofs.authlib libXrdAccSciTokens.so config=${folder}/scitokens.cfg
`;
