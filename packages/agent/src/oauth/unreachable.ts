const UNKNOWN_AUTHORITY = [
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
];

const REASONS: Record<string, string> = {
  ENOTFOUND: 'there is no host of this name',
  EAI_AGAIN: 'the name service does not answer',
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'the connection was closed',
  EPIPE: 'the connection was closed',
  UND_ERR_SOCKET: 'the connection was closed',
  ETIMEDOUT: 'no connection in time',
  UND_ERR_CONNECT_TIMEOUT: 'no connection in time',
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

/**
 * Says in words why a connection failed.
 * Takes what undici or Node threw; gives the reason, whether a certificate is at fault, and what the person can do.
 */
export function describeFailure(error: unknown): { reason: string; certificate: boolean; hints: string[] } {
  const code = errorCode(error);
  const message = error instanceof Error ? error.message : String(error);
  if (UNKNOWN_AUTHORITY.includes(code)) {
    const hint = 'if you trust this issuer, name the PEM file of its certification authority: --cp FILE';
    return { reason: REASONS[code] ?? code, certificate: true, hints: [hint] };
  }
  if (code.startsWith('CERT_')) {
    return { reason: REASONS[code] ?? message, certificate: true, hints: ["check this computer's clock"] };
  }
  if (code.startsWith('ERR_TLS_CERT'))
    return { reason: REASONS[code] ?? message, certificate: true, hints: [] };
  if (code === 'EPROTO' || code.startsWith('ERR_SSL_')) {
    return { reason: 'the server does not speak https', certificate: false, hints: [] };
  }
  if (code.startsWith('HPE_'))
    return { reason: 'the server does not speak http', certificate: false, hints: [] };
  return { reason: REASONS[code] ?? message, certificate: false, hints: [] };
}

function errorCode(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}
