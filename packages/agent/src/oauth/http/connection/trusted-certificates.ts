/** The trusted certificate authorities of a connection: those that the user names, in a file or a folder, else those of the system. */
import { existsSync } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { MAX_FILE_BYTES } from '../../../files/reading/limits.ts';
import { answered, identityOf, readFile } from '../../../files/reading/read-file.ts';
import { systemErrorCode } from '../../../files/system-error.ts';
import { forReading } from '../../../files/threads.ts';

/** The bundles of trusted certificates of various systems, in the search order of oidc-agent. */
const SYSTEM_BUNDLES = [
  '/etc/ssl/certs/ca-certificates.crt',
  '/etc/pki/tls/certs/ca-bundle.crt',
  '/etc/ssl/ca-bundle.pem',
  '/etc/pki/tls/cacert.pem',
  '/etc/ssl/cert.pem',
  '/etc/ca-certificates/cert.pem',
];

/** The most files of a folder that are read. Systems trust about 140 authorities. */
const MAX_FILES = 1000;
const PEM = /-----BEGIN (?:TRUSTED |X509 )?CERTIFICATE-----/;

/** A place of certificates; connections trust all of them. */
export interface Place {
  readonly path: string;
  readonly isFolder: boolean;
  /** Whether it may be missing, or have no certificate. */
  readonly isOptional: boolean;
}

/** The certificates of a place are unusable; `hints` suggest a remedy. */
export class UnusableCertificates extends Error {
  readonly hints: readonly string[];

  constructor(message: string, hints: readonly string[]) {
    super(message);
    this.hints = hints;
  }
}

/**
 * The places of the trusted certificates; none if Node's own certificates apply. `SSL_CERT_FILE` replaces the system's
 * bundle, and the folders of `SSL_CERT_DIR`, separated by colons, add to it, as with OpenSSL (openssl-env(7)). A missing
 * folder adds nothing.
 *
 * @param certPath a file, or a folder like those of `SSL_CERT_DIR`, to use instead. The path of a standard bundle, as in older
 * accounts, means the system's bundle, on any system.
 * @throws an error with the code `NO_ANSWER`
 */
export async function placesOf(certPath: string | undefined): Promise<Place[]> {
  if (certPath && !SYSTEM_BUNDLES.includes(certPath)) {
    const found = await answered(
      certPath,
      forReading.use(() => stat(certPath).catch(() => undefined)),
    );
    return [{ path: certPath, isFolder: found?.isDirectory() ?? false, isOptional: false }];
  }
  const { SSL_CERT_FILE: file, SSL_CERT_DIR: list } = process.env;
  const bundle = file || SYSTEM_BUNDLES.find((path) => existsSync(path));
  const folders = (list ?? '').split(':').filter((path) => path !== '');
  return [
    ...(bundle ? [{ path: bundle, isFolder: false, isOptional: false }] : []),
    ...folders.map((path) => ({ path, isFolder: true, isOptional: true })),
  ];
}

/**
 * Identifies a place and its version: changes with the content of a file, or when files are added to a folder or removed.
 * @throws as `readFile`
 */
export async function identityOfPlace({ path, isFolder }: Place): Promise<string> {
  if (!isFolder) return await identityOf(path);
  const folder = await answered(
    path,
    forReading.use(() => stat(path).catch(unlessMissing)),
  );
  return [folder?.dev, folder?.ino, folder?.mtimeMs].join(':');
}

/**
 * The certificates of a place in PEM.
 * @throws UnusableCertificates for another form; else as `readFile`
 */
export async function certificatesIn({ path, isFolder, isOptional }: Place): Promise<Buffer[]> {
  if (!isFolder) return [await pemIn(path)];
  const names = await answered(
    path,
    forReading.use(() => readdir(path).catch(unlessMissing)),
  );
  // OpenSSL reads only files with names as c_rehash makes them.
  const hashed = (names ?? []).filter((name) => /^[0-9a-f]{8}\.\d+$/.test(name)).slice(0, MAX_FILES);
  // Skip an unusable file, as OpenSSL does: the needed certificate may be in another one.
  const found = await Promise.all(hashed.map((name) => pemIn(join(path, name)).catch(() => [])));
  const certificates = found.flat();
  if (certificates.length === 0 && !isOptional) {
    throw new UnusableCertificates('no file in it has a certificate and a name like 1a2b3c4d.0', [
      `give its files such names: openssl rehash ${path}`,
    ]);
  }
  return certificates;
}

function unlessMissing(error: unknown): undefined {
  if (systemErrorCode(error) !== 'ENOENT') throw error;
  return undefined;
}

async function pemIn(path: string): Promise<Buffer> {
  const { bytes } = await readFile(path, { most: MAX_FILE_BYTES.certificates });
  if (PEM.test(bytes.toString('latin1'))) return bytes;
  // Every DER certificate starts with an ASN.1 SEQUENCE whose length has two bytes.
  const isDer = bytes[0] === 0x30 && bytes[1] === 0x82;
  throw isDer
    ? new UnusableCertificates('it is in DER', [
        'convert it to PEM: openssl x509 -inform der -in FILE -out FILE.pem',
      ])
    : new UnusableCertificates('there is no certificate in it', []);
}
