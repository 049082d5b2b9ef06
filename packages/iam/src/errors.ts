import type { Client } from './clients/clients.ts';

/**
 * An error of an OAuth endpoint: a status and the body `{"error", "error_description"}` (RFC 6749 section 5.2).
 *
 * It has the members that Koa and oidc-provider read, so that grants and our own endpoints can throw it.
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
 * The error of a request without valid credentials of a client or user. IAM checks these before anything else, and only here names a
 * realm in the challenge (RFC 9110 section 11.6.1). The scheme is `Form` if the client sent its credentials in the form.
 */
export class AuthenticationError extends OAuthError {
  readonly challenge: string;

  constructor(error: string, description: string, scheme: 'Bearer' | 'Form' = 'Bearer') {
    super(401, error, description);
    this.name = 'AuthenticationError';
    this.challenge = `${scheme} realm="${scheme === 'Form' ? 'oauth' : 'openidconnect'}", ${challengeParameters(error, description)}`;
  }
}

/** An error of IAM's own APIs, with the body `{"error": "<message>"}`. */
export class ApiError extends Error {
  readonly status: number;

  constructor(status: number, text: string) {
    super(text);
    this.name = 'ApiError';
    this.status = status;
  }
}

/** An error without a body. IAM answers so where Spring, on which it is built, refuses a request. */
export class EmptyError extends Error {
  readonly status: number;

  constructor(status: number) {
    super(`status ${status}`);
    this.name = 'EmptyError';
    this.status = status;
  }
}

/** What the page about an error says besides the error. */
export interface PageErrorDetails {
  /** The client whose request failed. */
  readonly client?: Pick<Client, 'client_id' | 'client_name'> | undefined;
  /** What the user can do. */
  readonly advice?: string | undefined;
  /** A path of this server that helps. */
  readonly action?: { readonly path: string; readonly text: string } | undefined;
}

/** An error that a page shows to the user in a browser. */
export class PageError extends Error {
  readonly status: number;
  readonly details: PageErrorDetails;

  constructor(status: number, text: string, details: PageErrorDetails = {}) {
    super(text);
    this.name = 'PageError';
    this.status = status;
    this.details = details;
  }
}

/** The parameters of a challenge about an error (RFC 6750 section 3). */
export function challengeParameters(error: string, description: string): string {
  const quoted = (text: string) => `"${text.replace(/[^\x20-\x7e]/g, '?').replace(/["\\]/g, "'")}"`;
  return `error=${quoted(error)}, error_description=${quoted(description)}`;
}
