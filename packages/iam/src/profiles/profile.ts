import type { User } from '../users/users.ts';

export type Claims = Record<string, unknown>;

/** User, scopes and audience of a token. */
export interface Subject {
  /** Absent for client credentials. */
  readonly user: User | undefined;
  readonly scopes: readonly string[];
  /** The requested audience; empty if the client requested none. */
  readonly audience: readonly string[];
}

/**
 * The claims that a token profile adds to those that all tokens of IAM have (iss, sub, iat, exp, jti, client_id). The answers of
 * introspection and userinfo have them, too.
 */
export interface TokenProfile {
  /** The audience of the access token. */
  audience(subject: Subject): readonly string[];
  accessToken(subject: Subject, issuedAt: number): Claims;
  idToken(user: User, scopes: readonly string[]): Claims;
  /** The answer of introspection; `common` has the members that most profiles share. */
  introspection(subject: Subject, common: Claims): Claims;
  /** The answer of userinfo for a token with the scope `profile`. */
  userinfo(user: User, scopes: readonly string[]): Claims;
}
