import type { User } from '../users/users.ts';

export type Claims = Record<string, unknown>;

/** Whom and what a token is about. */
export interface Subject {
  /** Absent for client credentials. */
  readonly user: User | undefined;
  readonly scopes: readonly string[];
  /** What was asked for; empty when nothing was. */
  readonly audience: readonly string[];
}

/**
 * What a token profile adds to the claims that all of IAM's tokens have (iss, sub, iat, exp, jti, client_id).
 * Introspection and userinfo answer in the terms of the profile too.
 */
export interface TokenProfile {
  /** The audience of the access token. */
  audience(subject: Subject): readonly string[];
  accessToken(subject: Subject, issuedAt: number): Claims;
  idToken(user: User, scopes: readonly string[]): Claims;
  /** The answer of introspection, made from the members that most profiles have. */
  introspection(subject: Subject, common: Claims): Claims;
  /** The answer of userinfo for a token with the scope `profile`. */
  userinfo(user: User, scopes: readonly string[]): Claims;
}
