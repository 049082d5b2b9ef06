import { existsSync } from 'node:fs';
import { createSecureContext, type SecureContext } from 'node:tls';
import { type Dispatcher, EnvHttpProxyAgent, Pool } from 'undici';
import { mostBytes } from '../files/limits.ts';
import { identityOf, readFile } from '../files/read-file.ts';
import { IssuerUnreachableError } from './errors.ts';
import type { Call } from './http.ts';
import { sharedLookup } from './lookup.ts';

/** Milliseconds for a connection, with all that comes before a request can be written: host name, proxy, TLS. */
export const CONNECT_DEADLINE = 5_000;

/** Where systems keep the certificates that they trust, in the order in which oidc-agent looks. */
const SYSTEM_BUNDLES = [
  '/etc/ssl/certs/ca-certificates.crt',
  '/etc/pki/tls/certs/ca-bundle.crt',
  '/etc/ssl/ca-bundle.pem',
  '/etc/pki/tls/cacert.pem',
  '/etc/ssl/cert.pem',
  '/etc/ca-certificates/cert.pem',
];

/**
 * The most bundles that are kept parsed, each of which takes a megabyte and more. It is a bound for what an account can say, not
 * for what people have, which is one or two.
 */
const MOST_BUNDLES = 16;

/**
 * Connections by what tells their bundle from any other: a file has many names, and another identity as soon as it is written.
 * The one that was used last is the last.
 */
const connectionsByBundle = new Map<string, Dispatcher>();

/**
 * The open connections of everyone who trusts the same certificates: those of `certPath`, else the system's.
 * undici keeps them alive for each host and goes through proxies as the environment says.
 */
export async function connections({ certPath, issuer }: Call): Promise<Dispatcher> {
  // A standard bundle's path, as older accounts carry it, means "the system's", also on another system.
  const own = certPath !== undefined && certPath !== '' && !SYSTEM_BUNDLES.includes(certPath);
  const bundle = own ? certPath : SYSTEM_BUNDLES.find((path) => existsSync(path));
  if (bundle === undefined) return kept('') ?? keep('', newConnections());
  try {
    const known = kept(await identityOf(bundle));
    if (known !== undefined) return known;
    const { identity, bytes } = await readFile(bundle, { most: mostBytes.certificates });
    // Somebody else may have read it meanwhile.
    return kept(identity) ?? keep(identity, newConnections(createSecureContext({ ca: bytes })));
  } catch (error) {
    throw unreadable(bundle, issuer, error);
  }
}

function kept(identity: string): Dispatcher | undefined {
  const dispatcher = connectionsByBundle.get(identity);
  return dispatcher && keep(identity, dispatcher);
}

function keep(identity: string, dispatcher: Dispatcher): Dispatcher {
  connectionsByBundle.delete(identity);
  connectionsByBundle.set(identity, dispatcher);
  const [first] = connectionsByBundle;
  if (first !== undefined && connectionsByBundle.size > MOST_BUNDLES) {
    const [longUnused, unused] = first;
    connectionsByBundle.delete(longUnused);
    // A request that has just got the dispatcher is still sent: closing it lets begun requests end.
    setImmediate(() => void unused.close());
  }
  return dispatcher;
}

/**
 * @param secureContext one for all connections: parsing a bundle of 140 certificates each time would cost tens of milliseconds
 */
function newConnections(secureContext?: SecureContext): Dispatcher {
  // Whoever waits is told by `send`; this only closes what nobody waits for any more.
  const patient = { timeout: CONNECT_DEADLINE, lookup: sharedLookup };
  const connect = { ...patient, ...(secureContext && { secureContext }) };
  return new EnvHttpProxyAgent({
    connect,
    requestTls: connect,
    proxyTls: patient,
    clientFactory: (proxy, options) => new Pool(proxy, { ...options, headersTimeout: CONNECT_DEADLINE }),
    // How long an answer may take is the caller's affair.
    headersTimeout: 0,
    bodyTimeout: 0,
  });
}

function unreadable(bundle: string, issuer: string, error: unknown): IssuerUnreachableError {
  const reason = `cannot read the certificates in ${bundle}: ${error instanceof Error ? error.message : error}`;
  return new IssuerUnreachableError(`error with ssl cert: ${reason}`, {
    issuer,
    reason,
    sent: false,
    hints: ['name a PEM file with the certification authorities to trust: --cp FILE'],
  });
}

/** The same connections, telling when a request starts to be written: until then it may be sent again. */
export function watched(dispatcher: Dispatcher, started: () => void): Dispatcher {
  return dispatcher.compose(
    (dispatch) => (options, handler) =>
      dispatch(options, {
        onRequestStart(controller, context) {
          started();
          handler.onRequestStart?.(controller, context);
        },
        onResponseStart: (...event) => handler.onResponseStart?.(...event),
        onResponseData: (...event) => handler.onResponseData?.(...event),
        onResponseEnd: (...event) => handler.onResponseEnd?.(...event),
        onResponseError: (...event) => handler.onResponseError?.(...event),
      }),
  );
}
