import { createSecureContext, rootCertificates, type SecureContext } from 'node:tls';
import { setFlagsFromString } from 'node:v8';
import { buildConnector, type Dispatcher, EnvHttpProxyAgent, Pool } from 'undici';
import { describeSystemError } from '../../../files/system-error.ts';
import type { Call } from '../call.ts';
import { IssuerUnreachableError } from '../errors.ts';
import { sharedLookup } from './lookup.ts';
import {
  certificatesIn,
  identityOfPlace,
  type Place,
  placesOf,
  UnusableCertificates,
} from './trusted-certificates.ts';
import { ProxyFailure } from './unreachable.ts';

// undici parses HTTP with WebAssembly, and V8 optimises that code after the first answer: 100 ms of a processor, to save
// microseconds. By default it does so after 1,800,000 bytes of code.
setFlagsFromString('--wasm-tiering-budget=1000000000');

/** Milliseconds for the whole connection: host name, proxy and TLS. */
export const CONNECT_DEADLINE_MS = 5_000;

/**
 * Maximum number of parsed bundles, each of which takes a megabyte and more. It guards against unusual accounts; users
 * have one or two bundles.
 */
const MAX_BUNDLES = 16;

/**
 * Connections by the identity of their bundle: one file may have several paths, and gets a new identity with each
 * write. The most recently used one is the last.
 */
const connectionsByBundle = new Map<string, Dispatcher>();

/**
 * The open connections, shared by all callers that trust the same certificates: those of `certPath`, else the system's.
 * undici keeps them alive for each host and uses proxies as the environment says.
 * @throws IssuerUnreachableError if the certificates cannot be read
 */
export async function connections({ certPath, issuer }: Call): Promise<Dispatcher> {
  const places = await placesOf(certPath).catch((error: unknown) => {
    throw unreadable(certPath ?? '', issuer, error);
  });
  const each = <Result>(ask: (place: Place) => Promise<Result>) =>
    Promise.all(
      places.map((place) =>
        ask(place).catch((error: unknown) => {
          throw unreadable(place.path, issuer, error);
        }),
      ),
    );
  const identity = (await each(identityOfPlace)).join(' ');
  const known = kept(identity);
  if (known !== undefined) return known;
  const ca = (await each(certificatesIn)).flat();
  // Another caller may have read them meanwhile.
  const present = kept(identity);
  if (present !== undefined) return present;
  return keep(identity, newConnections(ca.length === 0 ? nodesOwnContext() : contextOf(ca, places, issuer)));
}

/**
 * Trusts the certificates that Node comes with. Undefined where Node does so by itself; a sleeping agent starts it without them
 * (packages/native/host/programs.c).
 */
function nodesOwnContext(): SecureContext | undefined {
  const isWithout = process.execArgv.includes('--use-openssl-ca');
  return isWithout ? createSecureContext({ ca: [...rootCertificates] }) : undefined;
}

function contextOf(ca: Buffer[], places: readonly Place[], issuer: string): SecureContext {
  try {
    return createSecureContext({ ca });
  } catch (error) {
    throw unreadable(places.map(({ path }) => path).join(' or '), issuer, error);
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
  if (first !== undefined && connectionsByBundle.size > MAX_BUNDLES) {
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
  // `send` reports a timeout to the caller; this only closes connections without a caller.
  const patient = { timeout: CONNECT_DEADLINE_MS, lookup: sharedLookup };
  const connect = { ...patient, ...(secureContext && { secureContext }) };
  return new EnvHttpProxyAgent({
    connect,
    requestTls: connect,
    clientFactory: (proxy) =>
      new Pool(proxy, { connect: connectToProxy(proxy), headersTimeout: CONNECT_DEADLINE_MS }),
    // The caller sets the deadline for the answer.
    headersTimeout: 0,
    bodyTimeout: 0,
  });
}

/** Connects to a proxy. The error says whether the proxy or the issuer behind it failed. */
function connectToProxy({ host, protocol }: URL): buildConnector.connector {
  const secureContext = protocol === 'https:' ? nodesOwnContext() : undefined;
  const connect = buildConnector({
    timeout: CONNECT_DEADLINE_MS,
    lookup: sharedLookup,
    ...(secureContext && { secureContext }),
  });
  return (options, callback) =>
    connect(options, (...[error, socket]) =>
      error === null ? callback(null, socket) : callback(new ProxyFailure(host, error), null),
    );
}

function unreadable(place: string, issuer: string, error: unknown): IssuerUnreachableError {
  const reason = `cannot read the certificates in ${place}: ${describeSystemError(error)}`;
  return new IssuerUnreachableError(`error with ssl cert: ${reason}`, {
    issuer,
    reason,
    sent: false,
    hints: [
      ...(error instanceof UnusableCertificates ? error.hints : []),
      'name a PEM file with the certificate authorities to trust: --cp FILE',
    ],
  });
}

/** The same connections; calls `started` when a request starts to be written: before that it may be sent again. */
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
