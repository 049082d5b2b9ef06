import * as v from 'valibot';

/** One of these texts. */
export const oneOf = <const T extends readonly string[]>(values: T) =>
  v.picklist(values, `must be ${values.slice(0, -1).join(', ')} or ${values.at(-1)}`);
const seconds = v.pipe(v.number('must be a number of seconds'), v.finite('must be finite'));

/** What holds for all requests until it is changed. */
export const settings = {
  /** Seconds by which the clock of this IAM is ahead; negative when it is behind. */
  clock: v.exactOptional(seconds),
  /**
   * What a refresh does to the refresh token. `none`: it stays, as with IAM. `rotate`: a new one takes its place.
   * `detect-reuse`: and a client that uses an old one again ends the whole family (RFC 9700 section 4.14.2).
   */
  rotation: v.exactOptional(oneOf(['none', 'rotate', 'detect-reuse'])),
  /** Seconds for which a refresh token still works after another one has taken its place. */
  grace: v.exactOptional(v.pipe(seconds, v.minValue(0, 'must not be negative'))),
  /** What a device hears after a person refused: `pending`, as with IAM, or `access_denied` (RFC 8628 section 3.5). */
  denial: v.exactOptional(oneOf(['pending', 'access_denied'])),
  /**
   * Which clients may ask for the scope `openid`. `registered`: clients that have it among their scopes, as with IAM. `unlisted`: all
   * clients, and no registration lists it. `refused`: the same, and a registration that names it is refused.
   */
  openid: v.exactOptional(oneOf(['registered', 'unlisted', 'refused'])),
  /** Whether a client needs PKCE (RFC 7636), in the code flow and in the device flow. */
  pkce: v.exactOptional(oneOf(['optional', 'required'])),
  /** Whether a token is for the audience that was asked for, or the audience is ignored without a word. */
  audience: v.exactOptional(oneOf(['granted', 'ignored'])),
  /** Which scopes the answer to a refresh lists: those of the token, or all of the login. */
  refresh_scope: v.exactOptional(oneOf(['token', 'login'])),
  /** To whom introspection says that a token is active: `any` client, or only one that is in the `audience` of the token. */
  introspection: v.exactOptional(oneOf(['any', 'audience'])),
  /** Whether a login brings a refresh token if it asks for `offline_access`, or `always`. */
  refresh_token: v.exactOptional(oneOf(['offline_access', 'always'])),
  /** Whether access tokens are JWTs, or text in which a client can read nothing. */
  access_token: v.exactOptional(oneOf(['jwt', 'opaque'])),
};

/** The settings that IAM has. */
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
