/** Whose token: that of an account by its short name, or that of the issuer's default account. */
export type TokenSource =
  | { readonly account: string; readonly issuer?: undefined }
  | { readonly issuer: string; readonly account?: undefined };

/** Which token. */
export interface TokenWish {
  /** Scopes, separated by spaces, to narrow the token to; without them it has those of the account. */
  readonly scope?: string | undefined;
  /** Audiences, separated by spaces. */
  readonly audience?: string | undefined;
  /** Seconds for which the token has to be valid at least; 0 by default. */
  readonly minValid?: number | undefined;
  /** Have the issuer make a new token, however long the one at hand is still valid. */
  readonly forceNew?: boolean | undefined;
  /** The name of the program that wants the token; a person may be asked for consent with it. */
  readonly applicationHint?: string | undefined;
}

export interface AccessToken {
  /** Visible ASCII characters only: it can go into a header as it is. */
  readonly token: string;
  /** Empty when the agent does not say. */
  readonly issuer: string;
  /** Seconds since 1970; 0 when the agent does not know. */
  readonly expiresAt: number;
  /** What the agent has to say about the token, e.g. that it is narrower than asked for. */
  readonly info: string | undefined;
}
