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

/** An error of the client registration API, whose body is `{"error": "<text for people>"}` and nothing else. */
export class ApiError extends Error {
  readonly status: number;

  constructor(status: number, text: string) {
    super(text);
    this.name = 'ApiError';
    this.status = status;
  }
}

/** Something that a person in a browser is told on a page. */
export class PageError extends Error {
  readonly status: number;

  constructor(status: number, text: string) {
    super(text);
    this.name = 'PageError';
    this.status = status;
  }
}

/** The value of `WWW-Authenticate` that goes with a 401 (RFC 6750 section 3, with IAM's realm). */
export function bearerChallenge(error: string, description: string): string {
  const quoted = (text: string) => `"${text.replace(/[^\x20-\x7e]/g, '?').replace(/["\\]/g, "'")}"`;
  return `Bearer realm="oauth", error=${quoted(error)}, error_description=${quoted(description)}`;
}
