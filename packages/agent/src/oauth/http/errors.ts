import { HintedError } from '../../hinted-error.ts';
import type { Secret } from '../../secret.ts';

/**
 * The kind of a failure at an issuer, on which callers decide.
 *
 * - `refresh_token_invalid`: the refresh token is expired, revoked or unknown; only a new login helps.
 * - `login_required`: the issuer has to ask the user again; only a new login helps.
 * - `client_refused`: the issuer does not know the client, or its secret is wrong.
 * - `scope_refused`: the issuer refuses a scope.
 * - `denied`: the user or a policy refused.
 * - `expired`: the device code has expired.
 * - `unavailable`: a temporary failure of the issuer (5xx, 408, 429).
 * - `unsupported`: the issuer lacks the endpoint or the feature.
 * - `untrusted`: the issuer is not the expected one, or redirects to an address without https.
 * - `malformed`: the answer violates the protocol.
 * - `refused`: any other refusal; `error` and `description` say more.
 */
export type IssuerErrorKind =
  | 'refresh_token_invalid'
  | 'login_required'
  | 'client_refused'
  | 'scope_refused'
  | 'denied'
  | 'expired'
  | 'unavailable'
  | 'unsupported'
  | 'untrusted'
  | 'malformed'
  | 'refused';

interface IssuerErrorDetails {
  issuer: string;
  kind: IssuerErrorKind;
  status?: number | undefined;
  error?: string | undefined;
  description?: string | undefined;
  hints?: readonly string[];
  refreshToken?: Secret | undefined;
  redirectsTo?: string | undefined;
  retryAfter?: number | undefined;
}

/** The issuer answered with a refusal or an unusable answer. `message` is `error: description` if the answer has them. */
export class IssuerError extends HintedError {
  override readonly name = 'IssuerError';
  readonly issuer: string;
  readonly kind: IssuerErrorKind;
  /** The HTTP status; undefined if no request was sent. */
  readonly status: number | undefined;
  /** The `error` member of the answer (RFC 6749 5.2), without control characters. */
  readonly error: string | undefined;
  readonly description: string | undefined;
  /** The new refresh token in an otherwise unusable answer. */
  readonly refreshToken: Secret | undefined;
  /** The target of a redirect, as the issuer wrote it. */
  readonly redirectsTo: string | undefined;
  /** Seconds after which the issuer allows the next request (RFC 9110 10.2.3). */
  readonly retryAfter: number | undefined;

  constructor(
    message: string,
    {
      issuer,
      kind,
      status,
      error,
      description,
      hints,
      refreshToken,
      redirectsTo,
      retryAfter,
    }: IssuerErrorDetails,
  ) {
    super(message, { hints });
    this.issuer = issuer;
    this.kind = kind;
    this.status = status;
    this.error = error;
    this.description = description;
    this.refreshToken = refreshToken;
    this.redirectsTo = redirectsTo;
    this.retryAfter = retryAfter;
  }

  /** A copy of the error with changed details. */
  with(changes: Partial<IssuerErrorDetails>): IssuerError {
    return new IssuerError(this.message, { ...this, ...changes });
  }
}

interface UnreachableDetails {
  issuer: string;
  reason: string;
  sent: boolean;
  hints?: readonly string[];
}

/** The issuer did not answer: no connection, a connection that broke, or no answer in time. */
export class IssuerUnreachableError extends HintedError {
  override readonly name = 'IssuerUnreachableError';
  readonly issuer: string;
  /** A sentence for the user. */
  readonly reason: string;
  /** Whether the issuer may have received the request. Only if not, a refresh request may be sent again. */
  readonly sent: boolean;

  constructor(message: string, details: UnreachableDetails) {
    super(message, details);
    this.issuer = details.issuer;
    this.reason = details.reason;
    this.sent = details.sent;
  }

  /** A copy of the error with changed details. */
  with(changes: Partial<UnreachableDetails>): IssuerUnreachableError {
    return new IssuerUnreachableError(this.message, { ...this, ...changes });
  }
}

/**
 * Whether the issuer refuses the grant type to this client (RFC 6749 5.2), not the client itself. Keycloak sends
 * `unauthorized_client` for a wrong secret as well, INDIGO IAM `invalid_client` for a forbidden grant.
 */
export function isAboutGrant({
  error = '',
  description = '',
}: {
  error?: string | undefined;
  description?: string | undefined;
}): boolean {
  if (error !== 'unauthorized_client' && error !== 'invalid_client') return false;
  return /grant type|not (?:allowed|enabled|permitted)/i.test(description);
}
