/**
 * Decides how the agent uses an account's refresh token: what it asks the issuer, how often, and what it keeps of the
 * answer.
 */

import type { Account } from '../../../accounts/account.ts';
import type { Clock } from '../../../concurrency/clock.ts';
import type { KnownIssuer } from '../../../config/issuers/issuer-file.ts';
import { type AudienceParameter, missingAudiences } from '../../../oauth/audience.ts';
import { accountCredentials } from '../../../oauth/client/client-authentication.ts';
import { type RefreshedTokens, refreshTokens } from '../../../oauth/grants/refresh.ts';
import { IssuerError } from '../../../oauth/http/errors.ts';
import { REQUEST_DEADLINE_MS } from '../../../oauth/http/http.ts';
import type { IssuerMetadata } from '../../../oauth/issuer/discovery.ts';
import { parseScopes } from '../../../oauth/scope.ts';
import type { Secret } from '../../../secret.ts';
import { RequestFailure } from '../../failure.ts';
import { cacheKey, type IssuedToken, type TokenParameters } from '../cache/token-cache.ts';
import type { SyncedAccount } from '../synced-account.ts';
import { withAnswerAwaited } from './answers-under-way.ts';
import { issuedToken } from './issued-token.ts';
import type { LearnedAudienceParameters } from './learned-audience-parameters.ts';
import { RecentFailures } from './recent-failure.ts';
import {
  isLost,
  isRefusedAudience,
  mayBeAboutAudience,
  perhapsSpent,
  readOnly,
  reauthenticate,
  unknownOutcome,
} from './refresh-errors.ts';

/** A refresh, with the state that it depends on. */
export interface Question {
  readonly parameters: TokenParameters;
  readonly metadata: IssuerMetadata;
  readonly known: KnownIssuer | undefined;
  readonly customParameters: Readonly<Record<string, Secret>>;
  /** Whether the program insists on a new token: then the agent repeats a refresh that has just failed. */
  readonly inAnyCase: boolean;
}

/** The audience that a refresh asks for, and by which parameter; none if it asks for none. */
interface Target {
  readonly audience?: string;
  readonly audienceParameter?: AudienceParameter;
}

/** A request other than a refresh that takes a refresh token, and may replace it. */
export type Use<Result> = (
  refreshToken: Secret,
  onSent: () => void,
) => Promise<{ readonly result: Result; readonly replacement: Secret | undefined }>;

/** Milliseconds that must remain for a second refresh: abandoned early, it may lose a new refresh token. */
const SHORTEST_RETRY_MS = 10_000;

/** One piece of work at a time, while the account's file is locked. */
export class RefreshPolicy {
  readonly #synced: SyncedAccount;
  readonly #audienceParameters: LearnedAudienceParameters;
  readonly #clock: Clock;
  readonly #failures: RecentFailures;
  /** Whether the issuer has ever replaced the refresh token; undefined before its first answer. */
  #rotates: boolean | undefined;

  /** Whether the issuer has ever replaced the refresh token, for another process. */
  get rotates(): boolean | undefined {
    return this.#rotates;
  }

  /** @param rotates what an earlier grant of the account has learned */
  constructor(
    synced: SyncedAccount,
    audienceParameters: LearnedAudienceParameters,
    clock: Clock,
    rotates?: boolean,
  ) {
    this.#synced = synced;
    this.#audienceParameters = audienceParameters;
    this.#clock = clock;
    this.#rotates = rotates;
    this.#failures = new RecentFailures(clock);
  }

  /** Whether a refresh that has just failed would be answered without asking the issuer. */
  get hasRecentFailures(): boolean {
    return this.#failures.areThere;
  }

  /**
   * If the issuer replaces the refresh token, saves the new one before returning the result.
   * @throws the errors of `use`
   */
  async use<Result>(use: Use<Result>): Promise<Result> {
    await this.#requireNewest();
    const refreshToken = this.#refreshToken();
    try {
      const { result, replacement } = await withAnswerAwaited((onSent) => use(refreshToken, onSent));
      await this.#keep(replacement, refreshToken);
      return result;
    } catch (error) {
      throw await this.#kept(error, refreshToken);
    }
  }

  /**
   * A token with the wanted audience, by the request parameter that this issuer accepts; or a token of any audience.
   * @throws IssuerError, also the one of a recent refusal of the same request; IssuerUnreachableError; RequestFailure
   * if there is no refresh token that may be used
   */
  async issue(question: Question): Promise<IssuedToken> {
    await this.#requireNewest();
    const request = cacheKey(question.parameters);
    this.#failures.check(request, this.#synced.account, question.inAnyCase);
    try {
      return await this.#issueAnew(question);
    } catch (error) {
      // With a new refresh token the answer may be another.
      if (!(error instanceof IssuerError) || error.refreshToken !== undefined) throw error;
      throw this.#failures.note(error, request, this.#synced.account);
    }
  }

  async #issueAnew(question: Question): Promise<IssuedToken> {
    const { parameters } = question;
    const { audience } = this.#synced.account;
    if (parameters.audience !== undefined) return await this.#issueFor(parameters.audience, question);
    if (audience === undefined) return issuedToken(await this.#ask(question), parameters, []);
    try {
      return await this.#issueFor(audience, question);
    } catch (error) {
      if (!mayBeAboutAudience(error)) throw error;
    }
    // The C suite asks for no audience at a refresh: an account that works there has to work here.
    const tokens = await this.#ask(question);
    return issuedToken(tokens, parameters, missingAudiences(tokens.accessToken, audience) ?? [audience]);
  }

  async #issueFor(audience: string, question: Question): Promise<IssuedToken> {
    const { parameters, metadata, known } = question;
    const candidates = this.#audienceParameters.toTry(metadata, known?.audience_parameter);
    const [usual] = candidates;
    for (const audienceParameter of candidates) {
      const isLast = audienceParameter === candidates.at(-1);
      try {
        const tokens = await this.#ask(question, { audience, audienceParameter });
        const missing = missingAudiences(tokens.accessToken, audience) ?? [];
        if (missing.length === 0 || isLast) {
          // If no parameter gets the audience, remember the first: the next refresh need not try both again.
          this.#audienceParameters.learn(
            metadata,
            missing.length > 0 && usual !== undefined ? usual : audienceParameter,
          );
          return issuedToken(tokens, parameters, missing);
        }
      } catch (error) {
        if (isLast || !isRefusedAudience(error)) throw error;
      }
    }
    throw new RangeError('there must be an audience parameter to try');
  }

  /**
   * Refreshes once, and a second time only where that cannot end the login. After a lost answer the second refresh gets
   * only the remaining time, so that an unresponsive issuer does not cost two timeouts.
   */
  async #ask(question: Question, target: Target = {}): Promise<RefreshedTokens> {
    const end = this.#clock.steady() * 1000 + REQUEST_DEADLINE_MS;
    try {
      return await this.#askOnce(question, target, REQUEST_DEADLINE_MS);
    } catch (error) {
      const lost = isLost(error);
      const isDead = error instanceof IssuerError && error.kind === 'refresh_token_invalid';
      if (!lost && !isDead) throw error;
      // A program that ignores the lock, like those of the C suite, may have used the refresh token in the meantime.
      const another = await this.#synced.takeNewer().catch(() => false);
      const left = lost ? end - this.#clock.steady() * 1000 : REQUEST_DEADLINE_MS;
      const isWorthwhile = another || (lost && this.#rotates === false);
      if (isWorthwhile && left >= SHORTEST_RETRY_MS) return await this.#askOnce(question, target, left);
      throw lost ? unknownOutcome(error, this.#synced.account.name) : error;
    }
  }

  async #askOnce(
    { parameters, metadata, known, customParameters }: Question,
    target: Target,
    deadline: number,
  ): Promise<RefreshedTokens> {
    const { account } = this.#synced;
    const refreshToken = this.#refreshToken();
    const request = {
      metadata,
      client: accountCredentials(account),
      refreshToken,
      scope: parameters.scope ?? (known?.scope_on_refresh === false ? undefined : defaultScope(account)),
      ...target,
      customParameters,
      certPath: account.cert_path,
      deadline,
    };
    let replacement: Secret | undefined;
    try {
      const onReplaced = (token: Secret) => {
        replacement = token;
        void this.#keep(token, refreshToken);
      };
      const tokens = await withAnswerAwaited((onSent) => refreshTokens({ ...request, onSent, onReplaced }));
      this.#rotates ??= false;
      await this.#keep(tokens.refreshToken, refreshToken);
      return tokens;
    } catch (error) {
      await this.#keep(replacement, refreshToken);
      throw await this.#kept(error, refreshToken);
    }
  }

  /** Saves the refresh token in an answer that is an error otherwise. @returns the error */
  async #kept(error: unknown, spent: Secret): Promise<unknown> {
    if (error instanceof IssuerError) await this.#keep(error.refreshToken, spent);
    return error;
  }

  /** Saves the new refresh token if the issuer has replaced the old one. */
  async #keep(replacement: Secret | undefined, spent: Secret): Promise<void> {
    if (replacement === undefined) return;
    this.#rotates = true;
    await this.#synced.replace(replacement, spent);
  }

  /**
   * Throws if the new refresh token would exist in this process only, because the old one would then be spent for every
   * other agent. Also throws if the known refresh token may already be spent, because using it again ends the login.
   */
  async #requireNewest(): Promise<void> {
    const { account, changed } = this.#synced;
    if (this.#rotates && (await this.#synced.isReadOnly())) throw readOnly(account.name);
    if (this.#rotates !== false && changed !== undefined) throw perhapsSpent(changed);
  }

  #refreshToken(): Secret {
    const { name, refresh_token: refreshToken } = this.#synced.account;
    if (refreshToken !== undefined) return refreshToken;
    throw new RequestFailure('No or malformed refresh token', [reauthenticate(name)]);
  }
}

/** The default scope of the account's tokens: the granted scope, else the scope of the login. */
function defaultScope({ refresh_scope, auth_scope }: Account): string | undefined {
  if (refresh_scope !== undefined) return refresh_scope;
  return (
    parseScopes(auth_scope ?? '')
      .filter((scope) => scope !== 'offline_access')
      .join(' ') || undefined
  );
}
