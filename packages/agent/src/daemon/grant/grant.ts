/**
 * A grant is the right to get tokens, represented by a refresh token. One request at a time uses it, across all agents
 * that hold it. If the issuer replaces the refresh token, the agent saves the new one before any client gets the access
 * token that came with it.
 */
import { errorTexts } from '@jeton/protocol';
import type { Account } from '../../accounts/account.ts';
import type { FileAccess } from '../../accounts/shared/shared-account-file.ts';
import type { TokenOrigin } from '../../accounts/shared/stored-copy.ts';
import { type Clock, systemClock, within } from '../../concurrency/clock.ts';
import { SharedWorkByKey, unlessAborted, type Waiters } from '../../concurrency/shared-work.ts';
import { Turns } from '../../concurrency/turns.ts';
import type { IssuerMetadata } from '../../oauth/issuer/discovery.ts';
import { validateIdToken } from '../../oauth/issuer/id-token.ts';
import type { Secret } from '../../secret.ts';
import { RequestFailure } from '../failure.ts';
import type { Client } from '../socket/connection.ts';
import { RefreshAhead } from './cache/refresh-ahead.ts';
import {
  type CacheableToken,
  cacheKey,
  type IssuedToken,
  TokenCache,
  type TokenParameters,
} from './cache/token-cache.ts';
import type { GrantContext } from './grant-context.ts';
import { Outage } from './refresh/outage.ts';
import { withAdvice } from './refresh/refresh-errors.ts';
import { RefreshPolicy, type Use } from './refresh/refresh-policy.ts';
import { type SaveFailure, SyncedAccount } from './synced-account.ts';

/** The outcome of the last request to the issuer. */
export interface RefreshOutcome {
  /** Seconds since the epoch. */
  readonly at: number;
  /** Undefined after a success. */
  readonly error: string | undefined;
}

/** Seconds for which unsaved data may delay a token that is ready: the disk may hang. */
const SAVE_DEADLINE_SECONDS = 1;

/** The state that a closed grant leaves to its successor. */
interface Remains {
  /** The origin of the refresh token, if it is not on disk. */
  readonly origin: TokenOrigin | undefined;
  readonly tokens: readonly CacheableToken[];
  readonly lastRefresh?: RefreshOutcome | undefined;
  /** Whether the issuer replaces refresh tokens, as far as that is known. */
  readonly rotates?: boolean | undefined;
}

export class Grant {
  readonly #synced: SyncedAccount;
  readonly #refreshPolicy: RefreshPolicy;
  readonly #context: GrantContext;
  readonly #clock: Clock;
  readonly #cache: TokenCache;
  readonly #ahead: RefreshAhead;
  /** The refreshes in progress, and those that wait for their turn. */
  readonly #refreshes = new SharedWorkByKey<IssuedToken>();
  /** One request with the refresh token at a time. */
  readonly #turns = new Turns();
  #lastRefresh: RefreshOutcome | undefined;
  readonly #outage: Outage;
  #isClosed = false;

  /** @param earlier the state of an earlier, closed grant of the account */
  constructor(account: Account, context: GrantContext, earlier: Partial<Remains> = {}) {
    this.#context = context;
    this.#clock = context.clock ?? systemClock;
    this.#synced = new SyncedAccount(account, context.file, this.#clock, earlier.origin, context.onChange);
    this.#outage = new Outage(this.#clock);
    this.#refreshPolicy = new RefreshPolicy(
      this.#synced,
      context.audienceParameters,
      this.#clock,
      earlier.rotates,
    );
    this.#cache = new TokenCache(this.#clock, () => this.#ahead.watch());
    this.#ahead = new RefreshAhead(this.#cache, (parameters) => this.#refreshOnce(parameters), this.#clock);
    for (const { parameters, token, ends, renewal } of earlier.tokens ?? []) {
      const cached = this.#cache.set(parameters, token, ends, renewal);
      if (cached !== undefined && renewal !== undefined) this.#ahead.resume(cached, renewal);
    }
    this.#lastRefresh = earlier.lastRefresh;
    this.#ahead.watch();
  }

  get account(): Account {
    return this.#synced.account;
  }

  /** Why the newest refresh token is not on disk; undefined when it is. */
  get saveFailure(): SaveFailure | undefined {
    return this.#synced.saveFailure;
  }

  /** Whether the account has no file here on purpose. */
  get inMemoryOnly(): boolean {
    return this.#context.file.inMemoryOnly;
  }

  /**
   * Returns a token from the cache if it stays valid for more than `minValid` seconds, else one from the issuer.
   * Concurrent requests for the same token share one refresh. A refresh that has been sent always runs to its end, even
   * if every client has gone: the answer may hold a new refresh token.
   *
   * @param minValid seconds; negative always asks for a new token
   * @param client the client that waits; if it disconnects first, the grant sends no request on its behalf
   * @throws IssuerError, IssuerUnreachableError, FileError or RequestFailure
   */
  async token(parameters: TokenParameters, minValid: number, client?: Client): Promise<IssuedToken> {
    if (this.saveFailure !== undefined) await within(SAVE_DEADLINE_SECONDS, this.save(), this.#clock);
    const inAnyCase = minValid < 0;
    return (
      this.#cached(parameters, minValid) ?? (await this.#refreshOnce(parameters, client?.gone, inAnyCase))
    );
  }

  /** The token that `token` would return, if it is cached and no other work is due. */
  readyToken(parameters: TokenParameters, minValid: number): IssuedToken | undefined {
    return this.saveFailure === undefined ? this.#cached(parameters, minValid) : undefined;
  }

  /**
   * A new ID token, verified before it is handed out; undefined if the issuer gives none.
   * @throws as `token`, and IssuerError of kind `untrusted` when the ID token is not valid
   */
  async idToken(scope: string, client?: Client): Promise<Secret | undefined> {
    const { idToken } = await this.token({ scope }, -1, client);
    if (idToken === undefined) return undefined;
    const { client_id: clientId, cert_path: certPath } = this.account;
    const metadata = await this.#metadata();
    const keys = (choice: { newer: boolean }) => this.#context.documents.keys(metadata, certPath, choice);
    await validateIdToken({ metadata, clientId, idToken, keys });
    return idToken;
  }

  /**
   * Uses the refresh token for something other than a refresh, in the refresh queue. If the issuer replaces it, the
   * grant saves the new one before it returns the result.
   *
   * @param leave aborts when the client has gone: the grant then starts nothing for it
   * @throws the errors of `use` and of `token`
   */
  async use<Result>(
    use: (metadata: IssuerMetadata, ...token: Parameters<Use<Result>>) => ReturnType<Use<Result>>,
    leave: AbortSignal,
  ): Promise<Result> {
    const metadata = await unlessAborted(this.#metadata(), leave);
    return await this.#turns.take(() =>
      this.#synced.exclusively(leave, async () => {
        leave.throwIfAborted();
        return await this.#refreshPolicy.use((...token) => use(metadata, ...token));
      }),
    );
  }

  /** Tries to put the newest refresh token on disk, if it is not there. Never throws: see `saveFailure`. */
  async save(): Promise<void> {
    await this.#synced.save();
  }

  /**
   * Adopts changes that another program has made to the account's file.
   * @throws FileError `no-answer` if the file server does not answer
   */
  async takeNewer(): Promise<void> {
    await this.#synced.takeNewer();
  }

  /** Puts the newest refresh token into a file that got an old one; see `SyncedAccount.mend`. */
  async mend(): Promise<void> {
    await this.#synced.mend();
  }

  /**
   * Takes a client's key or password for the account's file; see `SharedAccountFile.offer`.
   * @throws FileError `wrong-password` if it does not open the file
   */
  async offer(access: FileAccess): Promise<void> {
    await this.#synced.offer(access);
  }

  /** The state to keep when the grant is closed. */
  get remains(): Remains {
    const { origin } = this.#synced;
    return {
      origin,
      tokens: this.#cache.tokens.map((cached) => ({
        parameters: cached.parameters,
        token: cached.token,
        ends: cached.ends,
        renewal: this.#ahead.renewalOf(cached),
      })),
      lastRefresh: this.#lastRefresh,
      rotates: this.#refreshPolicy.rotates,
    };
  }

  /** Whether another process could go on with it: no request is in progress or would be answered from memory, all is saved. */
  get isIdle(): boolean {
    return (
      !this.#turns.areTaken &&
      !this.#ahead.isRenewing &&
      this.#synced.isIdle &&
      !this.#refreshPolicy.hasRecentFailures
    );
  }

  /** Seconds until a token is to be renewed, if any is. */
  get nextRenewalIn(): number | undefined {
    const due = this.#cache.tokens.flatMap((cached) => this.#ahead.dueIn(cached) ?? []);
    return due.length > 0 ? Math.min(...due) : undefined;
  }

  /** Stops asking for tokens: queued requests fail. Resolves when no request to the issuer and no save is in progress. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#ahead.stop();
    await this.#turns.over();
    await this.#synced.close();
  }

  /** The state that the agent shows to the user. */
  get state() {
    return {
      lastRefresh: this.#lastRefresh,
      waiting: this.#refreshes.waiting,
      tokens: this.#ahead.schedule,
    };
  }

  #cached(parameters: TokenParameters, minValid: number): IssuedToken | undefined {
    return minValid < 0 ? undefined : this.#cache.get(parameters, minValid);
  }

  #refreshOnce(parameters: TokenParameters, leave?: AbortSignal, inAnyCase = false): Promise<IssuedToken> {
    const refresh = (waiters: Waiters) => {
      const inLine = this.#outage.inLine();
      return this.#turns.take(() => inLine(() => this.#refresh(parameters, waiters, inAnyCase)));
    };
    return this.#refreshes.join(cacheKey(parameters), refresh, leave);
  }

  async #refresh(parameters: TokenParameters, waiters: Waiters, inAnyCase: boolean): Promise<IssuedToken> {
    if (this.#isClosed) {
      throw new RequestFailure(errorTexts.accountNotLoaded, ['it was unloaded, or the agent ends']);
    }
    const metadata = await unlessAborted(this.#metadata(), waiters.gone);
    // Both this and the lock are many small steps on the disk: neither waits for the other.
    const configured = Promise.all([
      this.#context.knownIssuer(this.account.issuer_url),
      this.#context.customParameters(this.account),
    ]);
    configured.catch(() => undefined);
    return await this.#synced.exclusively(waiters.gone, async () => {
      const [known, customParameters] = await configured;
      waiters.commit();
      try {
        const issued = await this.#refreshPolicy.issue({
          parameters,
          metadata,
          known,
          customParameters,
          inAnyCase,
        });
        this.#lastRefresh = { at: this.#clock.wall(), error: undefined };
        this.#cache.set(parameters, issued);
        return issued;
      } catch (error) {
        const advised = withAdvice(error, this.account, parameters.scope);
        const reason = advised instanceof Error ? advised.message : String(advised);
        this.#lastRefresh = { at: this.#clock.wall(), error: reason };
        throw advised;
      } finally {
        this.#context.onChange?.();
      }
    });
  }

  #metadata(): Promise<IssuerMetadata> {
    return this.#context.documents.metadata(this.account);
  }
}
