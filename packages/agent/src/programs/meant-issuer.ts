import type { KnownIssuer } from '../config/issuers/issuer-file.ts';
import { findIssuer, similarIssuer } from '../config/issuers/issuers.ts';
import { IssuerError, IssuerUnreachableError } from '../oauth/http/errors.ts';

/**
 * The error of a discovery, which suggests a known issuer if the user may have mistyped its address.
 * @param written the issuer as the user wrote it
 */
export function withMeantIssuer(error: unknown, written: string, issuers: readonly KnownIssuer[]): unknown {
  const isIssuers = error instanceof IssuerError || error instanceof IssuerUnreachableError;
  if (!isIssuers || findIssuer(issuers, written) !== undefined) return error;
  return error.with({ hints: [...similarIssuer(written, issuers), ...error.hints] });
}
