/**
 * An error of an OAuth endpoint: a status and the body `{"error", "error_description"}` (RFC 6749 section 5.2).
 *
 * It carries the members that both Koa and oidc-provider look at, so it can be thrown from a grant handler as well
 * as from an endpoint of our own.
 */
export class OAuthError extends Error {
  readonly status: number;
  readonly statusCode: number;
  readonly error: string;
  readonly error_description: string;
  readonly expose = true;

  constructor(status: number, error: string, description: string) {
    super(error);
    this.name = 'OAuthError';
    this.status = status;
    this.statusCode = status;
    this.error = error;
    this.error_description = description;
  }
}

/**
 * The refusal of a request whose client, token or person is not proved. IAM looks at this before anything else, and so
 * only here names a realm in the challenge (RFC 9110 section 11.6.1). The scheme is `Form` where the client proved itself
 * in the form.
 */
export class AuthenticationError extends OAuthError {
  readonly challenge: string;

  constructor(error: string, description: string, scheme: 'Bearer' | 'Form' = 'Bearer') {
    super(401, error, description);
    this.name = 'AuthenticationError';
    this.challenge = `${scheme} realm="${scheme === 'Form' ? 'oauth' : 'openidconnect'}", ${challengeParameters(error, description)}`;
  }
}

/** An error of the client registration API, whose body is `{"error": "<text for people>"}` and nothing else. */
export class ApiError extends Error {
  readonly status: number;

  constructor(status: number, text: string) {
    super(text);
    this.name = 'ApiError';
    this.status = status;
  }
}

/** An error that a client learns by the status alone: so IAM answers where Spring, on which it is built, refuses a request. */
export class EmptyError extends Error {
  readonly status: number;

  constructor(status: number) {
    super(`status ${status}`);
    this.name = 'EmptyError';
    this.status = status;
  }
}

/** An error that a page shows to the user in a browser. */
export class PageError extends Error {
  readonly status: number;

  constructor(status: number, text: string) {
    super(text);
    this.name = 'PageError';
    this.status = status;
  }
}

/** What a challenge says of an error (RFC 6750 section 3). */
export function challengeParameters(error: string, description: string): string {
  const quoted = (text: string) => `"${text.replace(/[^\x20-\x7e]/g, '?').replace(/["\\]/g, "'")}"`;
  return `error=${quoted(error)}, error_description=${quoted(description)}`;
}
