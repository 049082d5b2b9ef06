/** Explains failed refreshes and suggests a remedy. */
import { shellQuote } from '@jeton/client/shell-quote';
import type { Account } from '../../../accounts/account.ts';
import { clientSecretExpiry } from '../../../accounts/secret-expiry.ts';
import type { FileError } from '../../../files/errors.ts';
import {
  IssuerError,
  type IssuerErrorKind,
  IssuerUnreachableError,
  isAboutGrant,
} from '../../../oauth/http/errors.ts';
import { parseScopes } from '../../../oauth/scope.ts';
import { unlistedScopes } from '../../../oauth/unlisted-scopes.ts';
import { localTime } from '../../../terminal/local-time.ts';
import { RequestFailure } from '../../failure.ts';

/** The answer is lost: the issuer may have processed the request, but the agent did not receive the answer. */
export function isLost(error: unknown): error is IssuerError | IssuerUnreachableError {
  if (error instanceof IssuerUnreachableError) return error.sent;
  if (!(error instanceof IssuerError) || error.refreshToken !== undefined) return false;
  const { kind, status = 0 } = error;
  return status === 502 || status === 504 || (kind === 'malformed' && status >= 200 && status < 300);
}

/** Recognises `invalid_target` (RFC 8707 2) and the errors of servers that do not know it. */
export function isRefusedAudience(error: unknown): boolean {
  return error instanceof IssuerError && ['invalid_target', 'invalid_request'].includes(error.error ?? '');
}

/** A refusal that another request without an audience may not get: not every issuer has the code of RFC 8707 for it. */
export function mayBeAboutAudience(error: unknown): boolean {
  return error instanceof IssuerError && ['refused', 'denied'].includes(error.kind);
}

export function reauthenticate(name: string): string {
  return `log in again: oidc-gen --reauthenticate -w device ${shellQuote(name)}`;
}

export function readOnly(name: string): RequestFailure {
  return new RequestFailure(`the file of the account '${name}' cannot be written`, [
    'the issuer replaces the refresh token at each use: the agent could not save the new one, and you would lose the login',
    'make the file or its folder writable, and try again; in a container, mount the folder of the account files',
  ]);
}

export function perhapsSpent({ message, hints }: FileError): RequestFailure {
  return new RequestFailure(message, [
    'the issuer may have replaced the refresh token since; using the old one could end the login',
    ...hints,
  ]);
}

export function unknownOutcome(
  error: IssuerError | IssuerUnreachableError,
  name: string,
): IssuerError | IssuerUnreachableError {
  const hints = [
    ...error.hints,
    'the issuer may have replaced the refresh token, and the answer with the new one was lost',
    `try again; if the issuer then refuses the refresh token, ${reauthenticate(name)}`,
  ];
  if (error instanceof IssuerError) return error.with({ hints });
  return error.with({ reason: 'the answer was lost', sent: true, hints });
}

/** The step that the user has to take before another attempt can succeed. */
const ADVICE: Partial<Record<IssuerErrorKind, (account: Account, error: IssuerError) => string>> = {
  refresh_token_invalid: ({ name }) =>
    `the refresh token has expired or was revoked; ${reauthenticate(name)}`,
  login_required: ({ name }) => `the issuer requires a new login; ${reauthenticate(name)}`,
  scope_refused: ({ name }) =>
    `the account does not have this scope; show its scopes: oidc-gen -p ${shellQuote(name)}`,
  client_refused: clientAdvice,
};

function clientAdvice(account: Account, error: IssuerError): string {
  if (isAboutGrant(error)) return 'the client may not refresh tokens: its owner can allow it at the issuer';
  const end = clientSecretExpiry(account);
  const cause =
    end !== undefined && end <= Date.now() / 1000
      ? `the secret of the client was valid until ${localTime(end)}`
      : 'the issuer no longer accepts the client or its secret';
  return `${cause}; ${makeAnew(account)}`;
}

/** Replaces the account: the agent can no longer delete its client at the issuer. */
function makeAnew({ name, issuer_url }: Account): string {
  return `create the account again: oidc-gen --confirm-yes -w device --iss=${shellQuote(issuer_url)} ${shellQuote(name)}`;
}

/** Seconds before the end of a client secret, from which on the programs warn. */
export const CLIENT_SECRET_WARNING_SECONDS = 7 * 86_400;

/** Warnings about the client of an account: that its secret ends soon. A sentence each. */
export function clientRemarks(account: Account): string[] {
  const end = clientSecretExpiry(account);
  const left = (end ?? Number.POSITIVE_INFINITY) - Date.now() / 1000;
  if (end === undefined || left > CLIENT_SECRET_WARNING_SECONDS || left <= 0) return [];
  return [`the secret of the client is valid until ${localTime(end)}; then ${makeAnew(account)}`];
}

/** Whether an error needs the user: retrying alone changes nothing. */
export function needsPerson(error: unknown): boolean {
  if (error instanceof IssuerError) return ADVICE[error.kind] !== undefined;
  return error instanceof RequestFailure;
}

/**
 * An error of a refresh, with the next command.
 * @param scope the scopes that the refresh asked for, if it asked for other ones than usual
 */
export function withAdvice(error: unknown, account: Account, scope = ''): unknown {
  const advice = error instanceof IssuerError ? ADVICE[error.kind]?.(account, error) : undefined;
  if (!(error instanceof IssuerError) || advice === undefined) return error;
  const meant = error.kind === 'scope_refused' ? meantScopes(scope, account) : [];
  return error.with({ hints: [...error.hints, ...meant, advice] });
}

function meantScopes(asked: string, { refresh_scope, auth_scope }: Account): string[] {
  return unlistedScopes(asked, parseScopes(`${refresh_scope ?? ''} ${auth_scope ?? ''}`)).flatMap(
    ({ scope, meant }) => (meant === undefined ? [] : [`did you mean ${meant}, not ${scope}?`]),
  );
}
