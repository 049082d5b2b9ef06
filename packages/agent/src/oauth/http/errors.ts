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
 * - `unavailable`: the issuer is in trouble (5xx, 408, 429); later it may work.
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

/** The issuer answered, and the answer is a refusal or cannot be used. `message` is `error: description` where it can be. */
export class IssuerError extends HintedError {
  override readonly name = 'IssuerError';
  readonly issuer: string;
  readonly kind: IssuerErrorKind;
  /** The HTTP status, undefined when nothing was sent. */
  readonly status: number | undefined;
  /** The `error` member of the answer (RFC 6749 5.2), without control characters. */
  readonly error: string | undefined;
  readonly description: string | undefined;
  /** The new refresh token in an answer that is of no other use. */
  readonly refreshToken: Secret | undefined;
  /** The target of a redirect, as the issuer wrote it. */
  readonly redirectsTo: string | undefined;
  /** Seconds for which the issuer asks to be left alone (RFC 9110 10.2.3). */
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

  /** The same error with something more, or other, known of it. */
  with(changes: Partial<IssuerErrorDetails>): IssuerError {
    return new IssuerError(this.message, { ...this, ...changes });
  }
}

/** The issuer did not answer: no connection, a connection that broke, or no answer in time. */
export class IssuerUnreachableError extends HintedError {
  override readonly name = 'IssuerUnreachableError';
  readonly issuer: string;
  /** Why, in words. */
  readonly reason: string;
  /** Whether the issuer may have got the request. Only when false it is safe to send a refresh request again. */
  readonly sent: boolean;

  constructor(
    message: string,
    details: { issuer: string; reason: string; sent: boolean; hints?: readonly string[] },
  ) {
    super(message, details);
    this.issuer = details.issuer;
    this.reason = details.reason;
    this.sent = details.sent;
  }
}

/**
 * Whether a client is refused for the grant that it uses: it may be known, and its secret right (RFC 6749 5.2). Keycloak says
 * `unauthorized_client` to a wrong secret as well, INDIGO IAM `invalid_client` to a forbidden grant.
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
