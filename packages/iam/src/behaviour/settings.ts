import * as v from 'valibot';

/** A schema for one of these texts. */
export const oneOf = <const T extends readonly string[]>(values: T) =>
  v.picklist(values, `must be ${values.slice(0, -1).join(', ')} or ${values.at(-1)}`);
const seconds = v.pipe(v.number('must be a number of seconds'), v.finite('must be finite'));

/** The settings, which apply to all requests. */
export const settings = {
  /** Seconds by which the clock of jeton-iam is ahead; negative if it is behind. */
  clock: v.exactOptional(seconds),
  /**
   * What a refresh does to the refresh token. `none`: it stays, as in IAM. `rotate`: a new one replaces it. `detect-reuse`: in
   * addition, use of an old one ends the whole family (RFC 9700 section 4.14.2).
   */
  rotation: v.exactOptional(oneOf(['none', 'rotate', 'detect-reuse'])),
  /** Seconds for which a replaced refresh token still works. */
  grace: v.exactOptional(v.pipe(seconds, v.minValue(0, 'must not be negative'))),
  /** The error for a device after the user has refused: `pending`, as in IAM, or `access_denied` (RFC 8628 section 3.5). */
  denial: v.exactOptional(oneOf(['pending', 'access_denied'])),
  /**
   * Which clients may request the scope `openid`. `registered`: clients that have registered it, as in IAM. `unlisted`: all clients, and
   * answers to registrations do not list it. `refused`: in addition, jeton-iam refuses registrations that name it.
   */
  openid: v.exactOptional(oneOf(['registered', 'unlisted', 'refused'])),
  /** Whether a client needs PKCE (RFC 7636), in the code flow and in the device flow. */
  pkce: v.exactOptional(oneOf(['optional', 'required'])),
  /** Whether a token has the audience that the client requests, or jeton-iam ignores it without an error. */
  audience: v.exactOptional(oneOf(['granted', 'ignored'])),
  /** The scopes in the answer to a refresh: those of the token, or all of the login. */
  refresh_scope: v.exactOptional(oneOf(['token', 'login'])),
  /** Which clients may introspect a token: `any`, or only those in the `audience` of the token. */
  introspection: v.exactOptional(oneOf(['any', 'audience'])),
  /** Whether a login gives a refresh token only if the client requests `offline_access`, or `always`. */
  refresh_token: v.exactOptional(oneOf(['offline_access', 'always'])),
  /** Whether access tokens are JWTs or random text. */
  access_token: v.exactOptional(oneOf(['jwt', 'opaque'])),
};

/** The behaviour of IAM. */
export const iamSettings = {
  clock: 0,
  rotation: 'none',
  grace: 0,
  denial: 'pending',
  openid: 'registered',
  pkce: 'optional',
  audience: 'granted',
  refresh_scope: 'token',
  introspection: 'any',
  refresh_token: 'offline_access',
  access_token: 'jwt',
} as const;
