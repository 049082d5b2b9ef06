import { existsSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { createSecureContext, type SecureContext } from 'node:tls';
import { type Dispatcher, EnvHttpProxyAgent, Pool } from 'undici';
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

interface Connections {
  /** The bundle's time of change, so that a renewed bundle counts at once; undefined without a bundle. */
  changed: number | undefined;
  dispatcher: Dispatcher;
}
const connectionsByBundle = new Map<string, Connections>();

/**
 * The open connections of everyone who trusts the same certificates: those of `certPath`, else the system's.
 * undici keeps them alive for each host and goes through proxies as the environment says.
 */
export async function connections({ certPath, issuer }: Call): Promise<Dispatcher> {
  // A standard bundle's path, as older accounts carry it, means "the system's", also on another system.
  const own = certPath !== undefined && certPath !== '' && !SYSTEM_BUNDLES.includes(certPath);
  const bundle = own ? certPath : SYSTEM_BUNDLES.find((path) => existsSync(path));
  const changed = bundle === undefined ? undefined : await timeOfChange(bundle, issuer);
  const known = connectionsByBundle.get(bundle ?? '');
  if (known && known.changed === changed) return known.dispatcher;
  const secureContext = bundle === undefined ? {} : { secureContext: await trust(bundle, issuer) };
  // Whoever waits is told by `send`; this only closes what nobody waits for any more.
  const patient = { timeout: CONNECT_DEADLINE, lookup: sharedLookup };
  const connect = { ...patient, ...secureContext };
  const dispatcher = new EnvHttpProxyAgent({
    connect,
    requestTls: connect,
    proxyTls: patient,
    clientFactory: (proxy, options) => new Pool(proxy, { ...options, headersTimeout: CONNECT_DEADLINE }),
    // How long an answer may take is the caller's affair.
    headersTimeout: 0,
    bodyTimeout: 0,
  });
  connectionsByBundle.set(bundle ?? '', { changed, dispatcher });
  return dispatcher;
}

async function timeOfChange(bundle: string, issuer: string): Promise<number> {
  try {
    return (await stat(bundle)).mtimeMs;
  } catch (error) {
    throw unreadable(bundle, issuer, error);
  }
}

/** One context for all connections: parsing a bundle of 140 certificates each time would cost tens of milliseconds. */
async function trust(bundle: string, issuer: string): Promise<SecureContext> {
  try {
    return createSecureContext({ ca: await readFile(bundle) });
  } catch (error) {
    throw unreadable(bundle, issuer, error);
  }
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
