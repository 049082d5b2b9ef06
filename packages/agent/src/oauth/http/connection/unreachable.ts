const UNKNOWN_AUTHORITY = [
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
];

const REASONS: Record<string, string> = {
  ENOTFOUND: 'there is no host with this name',
  EAI_AGAIN: 'the name service does not answer',
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'the connection was closed',
  EPIPE: 'the connection was closed',
  UND_ERR_SOCKET: 'the connection was closed',
  ETIMEDOUT: 'the connection timed out',
  UND_ERR_CONNECT_TIMEOUT: 'the connection timed out',
  ENETUNREACH: 'no network',
  EHOSTUNREACH: 'no route to this host',
  CERT_HAS_EXPIRED: 'the certificate has expired',
  CERT_NOT_YET_VALID: 'the certificate is not valid yet',
  ERR_TLS_CERT_ALTNAME_INVALID: 'the certificate is for another host',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'the certificate is self-signed',
  SELF_SIGNED_CERT_IN_CHAIN: 'the certificate comes from an unknown authority',
  UNABLE_TO_GET_ISSUER_CERT: 'the certificate comes from an unknown authority',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'the certificate comes from an unknown authority',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'the certificate comes from an unknown authority',
};

const OLD_TLS = {
  reason: 'the server does not support TLS 1.2 or newer',
  hint: 'older TLS is not secure, so it is not used: the administrator of the server must enable TLS 1.2',
};
const TLS_REASONS: Record<string, { reason: string; hint: string }> = {
  ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION: OLD_TLS,
  ERR_SSL_UNSUPPORTED_PROTOCOL: OLD_TLS,
  ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED: {
    reason: 'the server requires a client certificate',
    hint: 'ask its administrator for an address that requires none',
  },
  ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE: {
    reason: 'the server refused the TLS connection',
    hint: 'it may require a client certificate, or ciphers that are not secure: ask its administrator',
  },
};

/** The connection to the proxy failed. */
export class ProxyFailure extends Error {
  readonly host: string;

  constructor(host: string, cause: Error) {
    super(cause.message, { cause });
    this.host = host;
  }
}

const PROXY_HINT = 'https_proxy names this proxy; to reach a host without it, add the host to no_proxy';

/**
 * Describes why a connection failed.
 * @param error from undici or Node
 * @returns the reason, whether a certificate is at fault, and hints for the user
 */
export function describeFailure(error: unknown): { reason: string; certificate: boolean; hints: string[] } {
  if (error instanceof ProxyFailure) {
    const { reason } = describeFailure(error.cause);
    return { reason: `the proxy ${error.host}: ${reason}`, certificate: false, hints: [PROXY_HINT] };
  }
  const [, status] = /^Proxy response \((\d+)\)/.exec(error instanceof Error ? error.message : '') ?? [];
  if (status !== undefined) {
    const reason = `the proxy refuses the connection (HTTP status ${status})`;
    return { reason, certificate: false, hints: [PROXY_HINT] };
  }
  const code = errorCode(error);
  const tls = TLS_REASONS[code];
  if (tls !== undefined) return { reason: tls.reason, certificate: false, hints: [tls.hint] };
  const reason =
    REASONS[code] ??
    protocolMismatch(error, code) ??
    (error instanceof Error ? error.message : String(error));
  const certificate = UNKNOWN_AUTHORITY.includes(code) || /^(?:CERT_|ERR_TLS_CERT)/.test(code);
  const hints = [];
  if (UNKNOWN_AUTHORITY.includes(code)) {
    hints.push('if you trust this issuer, name the PEM file of its certificate authority: --cp FILE');
  }
  if (code === 'CERT_HAS_EXPIRED' || code === 'CERT_NOT_YET_VALID') hints.push("check this computer's clock");
  if (!certificate) hints.push('check the address and the network, then try again');
  return { reason, certificate, hints };
}

function protocolMismatch(error: unknown, code: string): string | undefined {
  if (code === 'EPROTO' || code.startsWith('ERR_SSL_')) return 'the server does not speak https';
  // undici leaves the code of this one undefined.
  return error instanceof Error && error.name === 'HTTPParserError'
    ? 'the server does not speak http'
    : undefined;
}

function errorCode(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}
