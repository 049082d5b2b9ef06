/** What a refresh that did not work means, and what to do about it. */
import { IssuerError, IssuerUnreachableError } from '../oauth/errors.ts';
import type { VaultError } from '../vault/errors.ts';
import { RequestFailure } from './failure.ts';

/** The answer is lost: the issuer may have done what it was asked, and nobody got the answer. */
export function isLost(error: unknown): error is IssuerError | IssuerUnreachableError {
  if (error instanceof IssuerUnreachableError) return error.sent;
  if (!(error instanceof IssuerError) || error.refreshToken !== undefined) return false;
  const { kind, status = 0 } = error;
  return status === 502 || status === 504 || (kind === 'malformed' && status >= 200 && status < 300);
}

/** RFC 8707 2, and what servers say that do not know of it. */
export function isRefusedAudience(error: unknown): boolean {
  return error instanceof IssuerError && ['invalid_target', 'invalid_request'].includes(error.error ?? '');
}

export function reauthenticate(name: string): string {
  return `log in again: oidc-gen --reauthenticate -w device ${name}`;
}

export function readOnly(name: string): RequestFailure {
  return new RequestFailure(`the folder of the account '${name}' cannot be written`, [
    'the issuer replaces the refresh token with each use: the new one could not be saved, and the login would be lost',
    'make the folder of the account files yours and writable, and try again',
  ]);
}

export function perhapsSpent({ message, hints }: VaultError): RequestFailure {
  return new RequestFailure(message, [
    'the issuer may have replaced the refresh token since; to use the old one could end the login',
    ...hints,
  ]);
}

export function unknownOutcome(
  error: IssuerError | IssuerUnreachableError,
  name: string,
): IssuerUnreachableError {
  return new IssuerUnreachableError(error.message, {
    issuer: error.issuer,
    reason: 'the answer was lost',
    sent: true,
    hints: [
      ...error.hints,
      'the issuer may have replaced the refresh token, and the answer with the new one was lost',
      `try again; if the issuer then refuses the refresh token, ${reauthenticate(name)}`,
    ],
  });
}

export function withAdvice(error: unknown, name: string): unknown {
  if (!(error instanceof IssuerError)) return error;
  const advice: Partial<Record<IssuerError['kind'], string>> = {
    refresh_token_invalid: `the refresh token has expired or was revoked; ${reauthenticate(name)}`,
    scope_refused: `the account does not hold this scope; see what it holds: oidc-gen -p ${name}`,
    client_refused: `the issuer does not know the client any more, or its secret; register anew: oidc-gen -w device ${name}`,
  };
  const hint = advice[error.kind];
  return hint === undefined ? error : new RequestFailure(error.message, [...error.hints, hint]);
}
