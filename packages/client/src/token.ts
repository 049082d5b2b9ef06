/** The account of the token: by its short name, or as the issuer's default account. */
export type TokenSource =
  | { readonly account: string; readonly issuer?: undefined }
  | { readonly issuer: string; readonly account?: undefined };

/** Which token. */
export interface TokenParameters {
  /** Scopes, separated by spaces, to narrow the token to; without them it has those of the account. */
  readonly scope?: string | undefined;
  /** Audiences, separated by spaces. */
  readonly audience?: string | undefined;
  /** Seconds for which the token has to be valid at least; 0 by default. */
  readonly minValid?: number | undefined;
  /** Request a new token from the issuer, even if the cached one is still valid. */
  readonly forceNew?: boolean | undefined;
  /** The name of the program that wants the token; the user may be asked for consent with it. */
  readonly applicationHint?: string | undefined;
}

export interface AccessToken {
  /** Visible ASCII characters only: it can go into a header as it is. */
  readonly token: string;
  /** Empty when the agent does not say. */
  readonly issuer: string;
  /** Seconds since 1970; 0 when the agent does not know. */
  readonly expiresAt: number;
  /** The agent's remarks on the token, for example that it is narrower than requested. */
  readonly info: string | undefined;
}
