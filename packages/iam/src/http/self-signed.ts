import { isIP } from 'node:net';
import { hostname } from 'node:os';

/** Clocks of clients may be behind by so much. */
const TOLERANCE_MS = 3_600_000;
const LIFETIME_MS = 365 * 24 * 3_600_000;

/** The names of this machine for itself. */
const LOOPBACK_NAMES = ['localhost', '127.0.0.1', '::1'];
/** Addresses that mean all addresses of the machine. */
const ANY_ADDRESS = ['0.0.0.0', '::'];

/** The names by which clients may reach a server that listens at `host` and is known as `issuer`. */
export function serverNames(host = '127.0.0.1', issuer?: string): string[] {
  const own = ANY_ADDRESS.includes(host) ? hostname() : host;
  const known = issuer === undefined ? [] : [new URL(issuer).hostname.replace(/^\[|\]$/g, '')];
  return [...new Set([...LOOPBACK_NAMES, own, ...known])];
}

/**
 * A new key, and a certificate for it with these host names and IP addresses, both as PEM. Clients that trust the certificate trust this
 * server and no other: it is no certificate authority.
 */
export async function selfSigned(names: readonly string[]): Promise<{ cert: string; key: string }> {
  // The library needs it, and does not load it.
  await import('reflect-metadata');
  const {
    AuthorityKeyIdentifierExtension,
    BasicConstraintsExtension,
    ExtendedKeyUsage,
    ExtendedKeyUsageExtension,
    KeyUsageFlags,
    KeyUsagesExtension,
    PemConverter,
    SubjectAlternativeNameExtension,
    SubjectKeyIdentifierExtension,
    X509CertificateGenerator,
  } = await import('@peculiar/x509');
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
  const keys = await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const certificate = await X509CertificateGenerator.createSelfSigned({
    name: 'CN=jeton-iam',
    keys,
    signingAlgorithm: algorithm,
    notBefore: new Date(Date.now() - TOLERANCE_MS),
    notAfter: new Date(Date.now() + LIFETIME_MS),
    extensions: [
      new BasicConstraintsExtension(false, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
      new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth]),
      // They tell the certificates of several servers in one file apart.
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
      await AuthorityKeyIdentifierExtension.create(keys.publicKey),
      new SubjectAlternativeNameExtension(
        names.map((value) => ({ type: isIP(value) === 0 ? ('dns' as const) : ('ip' as const), value })),
      ),
    ],
  });
  const key = await crypto.subtle.exportKey('pkcs8', keys.privateKey);
  return {
    cert: `${certificate.toString('pem')}\n`,
    key: `${PemConverter.encode(key, PemConverter.PrivateKeyTag)}\n`,
  };
}
