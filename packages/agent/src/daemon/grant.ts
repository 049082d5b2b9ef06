/**
 * A grant is the right to get tokens that a refresh token stands for. It is used by one request at a time, and whatever
 * the issuer puts in its place is on disk before anyone gets the token that came with it.
 */
import { clientCredentials } from '../oauth/client-authentication.ts';
import type { IssuerMetadata } from '../oauth/discovery.ts';
import { IssuerError } from '../oauth/errors.ts';
import { validateIdToken } from '../oauth/id-token.ts';
import { type RefreshedTokens, refreshTokens } from '../oauth/refresh.ts';
import { parseScopes } from '../oauth/scope.ts';
import type { Secret } from '../secret.ts';
import type { Account } from '../vault/account.ts';
import { RequestFailure } from './failure.ts';
import type { MetadataCache } from './metadata.ts';
import { cacheKey, type IssuedToken, TokenCache, type TokenWish } from './token-cache.ts';

export interface GrantContext {
  readonly metadata: MetadataCache;
  /** Whether the issuer takes `audience` (true) or `resource` (false); undefined leaves it to discovery. */
  readonly legacyAudMode: (issuer: string) => Promise<boolean | undefined>;
  /** Puts the account on disk, durably. */
  readonly save: (account: Account) => Promise<void>;
}

export class Grant {
  #account: Account;
  readonly #context: GrantContext;
  readonly #cache = new TokenCache();
  readonly #inFlight = new Map<string, Promise<IssuedToken>>();
  /** The end of the line of refreshes. */
  #last: Promise<unknown> = Promise.resolve();
  #saveFailure: string | undefined;

  constructor(account: Account, context: GrantContext) {
    this.#account = account;
    this.#context = context;
  }

  get account(): Account {
    return this.#account;
  }

  /** Why the newest refresh token is not on disk; undefined when it is. */
  get saveFailure(): string | undefined {
    return this.#saveFailure;
  }

  /**
   * A token, from the cache if there is one that is valid for more than `minValid` seconds, else from the issuer.
   * Whoever asks for the same at the same time gets the same. A refresh that has begun is not given up, whether or not
   * anybody still waits for it: its answer may hold a new refresh token.
   *
   * @param minValid seconds; negative asks for a new token in any case
   * @throws IssuerError, IssuerUnreachableError or RequestFailure
   */
  async token(wish: TokenWish, minValid: number): Promise<IssuedToken> {
    if (this.#saveFailure !== undefined) await this.save();
    const cached = minValid < 0 ? undefined : this.#cache.get(wish, minValid);
    return cached ?? (await this.#refreshOnce(wish));
  }

  /**
   * A new ID token, verified before it is handed out; undefined if the issuer gives none.
   * @throws as `token`, and IssuerError of kind `untrusted` when the ID token is not valid
   */
  async idToken(scope: string): Promise<Secret | undefined> {
    const { idToken } = await this.token({ scope }, -1);
    if (idToken === undefined) return undefined;
    const { client_id: clientId, cert_path: certPath } = this.#account;
    await validateIdToken({ metadata: await this.#metadata(), clientId, idToken, certPath });
    return idToken;
  }

  /** Tries to put the newest refresh token on disk, if it is not there. Never throws: see `saveFailure`. */
  async save(): Promise<void> {
    try {
      await this.#context.save(this.#account);
      this.#saveFailure = undefined;
    } catch (error) {
      this.#saveFailure = error instanceof Error ? error.message : String(error);
    }
  }

  /** Resolves when nothing is on its way to the issuer or the disk. */
  async settled(): Promise<void> {
    await this.#last;
    if (this.#saveFailure !== undefined) await this.save();
  }

  #refreshOnce(wish: TokenWish): Promise<IssuedToken> {
    const key = cacheKey(wish);
    const begun = this.#inFlight.get(key);
    if (begun !== undefined) return begun;
    const refreshed = this.#last.then(() => this.#refresh(wish)).finally(() => this.#inFlight.delete(key));
    this.#inFlight.set(key, refreshed);
    this.#last = refreshed.catch(() => undefined);
    return refreshed;
  }

  async #refresh(wish: TokenWish): Promise<IssuedToken> {
    const account = this.#account;
    if (account.refresh_token === undefined) {
      throw new RequestFailure('No or malformed refresh token', [reauthenticate(account.name)]);
    }
    const metadata = await this.#metadata();
    const request = {
      metadata,
      client: clientCredentials(account.client_id, account.client_secret, account.token_endpoint_auth_method),
      refreshToken: account.refresh_token,
      scope: wish.scope ?? defaultScope(account),
      audience: wish.audience,
      legacyAudMode: await this.#context.legacyAudMode(account.issuer_url),
      certPath: account.cert_path,
    };
    const tokens = await refreshTokens(request).catch((error: unknown) => {
      throw withAdvice(error, account.name);
    });
    if (tokens.refreshToken !== undefined) await this.#rotate(tokens.refreshToken);
    const issued = issuedToken(tokens, wish);
    this.#cache.set(wish, issued);
    return issued;
  }

  #metadata(): Promise<IssuerMetadata> {
    const { issuer_url: issuer, cert_path: certPath, config_endpoint: configurationEndpoint } = this.#account;
    return this.#context.metadata.get({ issuer, certPath, configurationEndpoint });
  }

  async #rotate(refreshToken: Secret): Promise<void> {
    this.#account = { ...this.#account, refresh_token: refreshToken };
    await this.save();
  }
}

function issuedToken(tokens: RefreshedTokens, wish: TokenWish): IssuedToken {
  const { accessToken, expiresAt, idToken, narrowed } = tokens;
  // Only who asked for scopes by name is told that some are missing.
  return { accessToken, expiresAt, idToken, narrowed: wish.scope === undefined ? [] : narrowed };
}

/** What the account's tokens are for when nobody says otherwise: what was granted, else what was asked for. */
function defaultScope({ refresh_scope, auth_scope }: Account): string | undefined {
  if (refresh_scope !== undefined) return refresh_scope;
  return (
    parseScopes(auth_scope ?? '')
      .filter((scope) => scope !== 'offline_access')
      .join(' ') || undefined
  );
}

function reauthenticate(name: string): string {
  return `log in again: oidc-gen --reauthenticate -w device ${name}`;
}

function withAdvice(error: unknown, name: string): unknown {
  if (!(error instanceof IssuerError)) return error;
  const advice: Partial<Record<IssuerError['kind'], string>> = {
    refresh_token_invalid: `the refresh token has expired or was revoked; ${reauthenticate(name)}`,
    scope_refused: `the account does not hold this scope; see what it holds: oidc-gen -p ${name}`,
    client_refused: `the issuer does not know the client any more, or its secret; register anew: oidc-gen -w device ${name}`,
  };
  const hint = advice[error.kind];
  return hint === undefined ? error : new RequestFailure(error.message, [...error.hints, hint]);
}
