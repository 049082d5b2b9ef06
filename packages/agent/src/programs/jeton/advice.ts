import { IssuerError, isAboutGrant } from '../../oauth/http/errors.ts';

/** Adds hints for the user to an issuer's refusal, if it has none. */
export function withAdvice(thrown: unknown): unknown {
  if (!(thrown instanceof IssuerError) || thrown.hints.length > 0) return thrown;
  const hints = advice(thrown);
  if (hints.length === 0) return thrown;
  const { message, issuer, kind, status, error, description } = thrown;
  return new IssuerError(message, { issuer, kind, status, error, description, hints });
}

function advice({ kind, status, error, description = '', issuer, retryAfter }: IssuerError): string[] {
  if (kind === 'refresh_token_invalid' || kind === 'login_required')
    return ['log in again: jeton device-code'];
  if (isAboutGrant({ error, description })) {
    return [`this client may not use this grant type; its owner can change that at ${issuer}`];
  }
  if (error === 'invalid_token') return ['the token is expired, revoked or unknown here: get a new one'];
  if (error === 'unsupported_grant_type') return ['this issuer does not support this grant type'];
  switch (kind) {
    case 'client_refused':
      return ['check the client id, and its secret: IAM_CLIENT_SECRET or --client-secret-file'];
    case 'scope_refused':
      return ['ask only for scopes that the client is registered with: --scope'];
    case 'denied':
      return ['the user or a policy of the issuer refused'];
    case 'unavailable':
      return retryAfter === undefined
        ? ['the issuer has a problem: try again later']
        : [`the issuer limits how often you may ask: try again in ${Math.ceil(retryAfter)} s`];
    case 'malformed':
      return [
        'is this the right address? An OAuth endpoint answers with JSON; --issuer=URL finds the endpoints by itself',
      ];
  }
  // INDIGO IAM says nothing but this where it does not know the client.
  return error === undefined && (status === 404 || status === 400)
    ? ['check the client id, and the address of the endpoint']
    : [];
}
