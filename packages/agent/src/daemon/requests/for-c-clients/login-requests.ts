/**
 * The requests of clients that leave OAuth to the agent, as oidc-gen of the C suite does (docs/protocol.md, "Logins"). Our own
 * oidc-gen talks to the issuer itself.
 */
import { shellQuote } from '@jeton/client/shell-quote';
import { type Answer, BadRequest, errorTexts, type RequestOf } from '@jeton/protocol';
import { accountToJson, parseAccount } from '../../../accounts/account.ts';
import { keepAside } from '../../../accounts/aside.ts';
import { asNewAs } from '../../../accounts/replaced-tokens.ts';
import { findIssuer } from '../../../config/issuers/issuers.ts';
import { metadataOf } from '../../../login/account-issuer.ts';
import { tryFlows } from '../../../login/flow-order.ts';
import { requireRefreshToken, withGrant, withUsedRefreshToken } from '../../../login/granted-account.ts';
import { loginRequest } from '../../../login/login-request.ts';
import type { Flow } from '../../../oauth/grants/flow.ts';
import { passwordTokens } from '../../../oauth/grants/password.ts';
import { refreshTokens } from '../../../oauth/grants/refresh.ts';
import { IssuerError } from '../../../oauth/http/errors.ts';
import { wantedScopes } from '../../../oauth/scope.ts';
import { Secret } from '../../../secret.ts';
import type { Accounts } from '../../accounts/accounts.ts';
import { fileAccess } from '../../accounts/file-access.ts';
import { NewLogins } from '../../accounts/new-logins.ts';
import { customFor, issuers } from '../../configuration.ts';
import { RequestFailure } from '../../failure.ts';
import type { AgentSettings } from '../../settings.ts';
import type { Visitor } from '../../socket/connection.ts';
import type { UserPrompt } from '../user-prompt.ts';
import { DeviceLogins, deviceMembers } from './device-logins.ts';
import { LoginConsent } from './login-consent.ts';
import { Logins, type Outcome, type Wanted } from './logins.ts';
import { flowsOf } from './requested-flows.ts';

export class LoginRequests {
  readonly #accounts: Accounts;
  readonly #newLogins: NewLogins;
  readonly #settings: AgentSettings;
  readonly #consent: LoginConsent;
  readonly #devices: DeviceLogins;
  readonly #logins: Logins;

  constructor(accounts: Accounts, settings: AgentSettings, prompt: UserPrompt) {
    this.#accounts = accounts;
    this.#newLogins = new NewLogins(accounts);
    this.#settings = settings;
    this.#consent = new LoginConsent(accounts, prompt, settings.confirm === true);
    const hold = (outcome: Outcome) => this.#hold(outcome);
    this.#devices = new DeviceLogins(hold);
    const requireUnlocked = () => accounts.requireUnlocked();
    this.#logins = new Logins(settings.socketPaths[0], { hold, requireUnlocked });
  }

  /**
   * Logs in by the first flow that works. A flow that needs the user is only started.
   * @throws FileError for a malformed account, RequestFailure, IssuerError or IssuerUnreachableError
   */
  async gen(request: RequestOf<'gen'>, client: Visitor): Promise<Answer> {
    // A client that only wants a token sends no account name.
    const name = request.config.name || (request.only_at ? 'unnamed' : undefined);
    const account = parseAccount(JSON.stringify({ ...request.config, name }));
    if (!request.only_at) await this.#accounts.requireSaved(account.name);
    const access = fileAccess(request);
    const { webserver, customScheme } = this.#settings;
    // A mytoken server has a single flow; the C suite calls it mt_oidc.
    const flows = account.mytoken_url === undefined ? flowsOf(request.flow) : [];
    const confirm = !request.only_at && (await this.#consent.toBegin(account, client));
    const wanted = { account, access, onlyToken: request.only_at, confirm };
    const redirect = {
      webserver: webserver && !request.no_webserver,
      scheme: customScheme && !request.no_scheme,
    };
    return await this.#begin(wanted, flows, redirect, client);
  }

  /** The same for an account that is loaded. @throws RequestFailure if it is not; else as `gen` */
  async reauthenticate(
    { account: name = '' }: RequestOf<'reauthenticate'>,
    client: Visitor,
  ): Promise<Answer> {
    const loaded = this.#accounts.get(name);
    if (loaded === undefined) {
      throw new RequestFailure(errorTexts.accountNotLoaded, [
        `load it: oidc-add --skip-check ${shellQuote(name)}`,
      ]);
    }
    // The client writes the file from this answer, so the answer must hold everything that is in the file.
    await loaded.grant.takeNewer();
    const { account } = loaded.grant;
    const confirm = await this.#consent.toBegin(account, client);
    const access = this.#accounts.withFile(name)?.accountFile.access ?? {};
    const flows: Flow[] =
      account.password === undefined ? ['device', 'code'] : ['password', 'device', 'code'];
    const wanted = { account, access, onlyToken: false, renews: true, confirm };
    return await this.#begin(wanted, flows, { webserver: this.#settings.webserver, scheme: false }, client);
  }

  async device({ oidc_device, only_at }: RequestOf<'device'>, client: Visitor): Promise<Answer> {
    const { device_code: code } = oidc_device;
    if (typeof code !== 'string') throw new BadRequest('Bad Request: device_code is malformed');
    const outcome = await this.#devices.poll(code, only_at);
    await this.#consent.toReveal(outcome, client);
    if (!this.#devices.take(code)) throw new RequestFailure('wrong device code');
    return this.#answerFor(outcome);
  }

  async codeExchange(
    { redirect_uri: address = '' }: RequestOf<'code_exchange'>,
    client: Visitor,
  ): Promise<Answer> {
    if (!URL.canParse(address)) throw new BadRequest('Bad Request: redirect_uri is malformed');
    const answer = new URL(address).searchParams;
    const state = answer.get('state');
    if (state === null) throw new RequestFailure('redirected uri did not contain state parameter');
    // The client that brings the redirect gets the account; later clients do not.
    await this.#logins.finish(state, answer);
    const outcome = await this.#logins.result(state);
    if (outcome === undefined || outcome === 'taken') throw new RequestFailure('wrong state');
    await this.#consent.toReveal(outcome, client);
    if (!(await this.#logins.take(state))) throw new RequestFailure('wrong state');
    return this.#answerFor(outcome);
  }

  async stateLookup({ state = '' }: RequestOf<'state_lookup'>, client: Visitor): Promise<Answer> {
    const outcome = await this.#logins.result(state);
    if (outcome === undefined) {
      return { status: 'NotFound', info: `No loaded account info found for state=${state}` };
    }
    if (outcome !== 'taken') {
      await this.#consent.toReveal(outcome, client);
      if (await this.#logins.take(state)) return this.#answerFor(outcome);
    }
    return { status: 'FoundButReceived', info: 'Account config already retrieved' };
  }

  async endWebServer({ state = '' }: RequestOf<'term_http_server'>): Promise<Answer> {
    await this.#logins.endServer(state);
    return { status: 'success' };
  }

  /** Whether a login waits for the user. */
  get isBusy(): boolean {
    return this.#devices.areUnderWay || this.#logins.isBusy;
  }

  /** Whether another process could go on: no login waits, and no file of a new login is still to be looked at. */
  get isIdle(): boolean {
    return !this.isBusy && !this.#newLogins.areOpen;
  }

  async close(): Promise<void> {
    await this.#logins.close();
  }

  async #begin(
    { account: asked, ...options }: Omit<Wanted, 'request'>,
    flows: readonly Flow[],
    redirect: { webserver: boolean; scheme: boolean },
    client: Visitor,
  ): Promise<Answer> {
    const metadata = await metadataOf(asked);
    const known = findIssuer(await issuers(), asked.issuer_url);
    // An access token alone needs no refresh token.
    const scope = wantedScopes(
      asked.auth_scope ?? '',
      metadata,
      options.onlyToken ? false : known?.offline_access,
    );
    const account = { ...asked, auth_scope: scope };
    const request = loginRequest(account, { metadata, known }, customFor);
    const wanted: Wanted = { ...options, account, request };
    if (account.mytoken_url !== undefined) {
      return { status: 'accepted', oidc_device: deviceMembers(await this.#devices.beginMytoken(wanted)) };
    }
    return await tryFlows(flows, (flow) => this.#attempt(flow, wanted, redirect, client));
  }

  async #attempt(
    flow: Flow,
    wanted: Wanted,
    redirect: { webserver: boolean; scheme: boolean },
    client: Visitor,
  ): Promise<Answer> {
    const { account, request } = wanted;
    switch (flow) {
      case 'device':
        return { status: 'accepted', oidc_device: deviceMembers(await this.#devices.begin(wanted)) };
      case 'code':
        return { status: 'accepted', ...(await this.#logins.beginCode(wanted, redirect)) };
      case 'password': {
        const { username = '', password = new Secret('') } = account;
        const customParameters = await request.customParametersFor('password');
        const tokens = await passwordTokens({ ...request, username, password, customParameters });
        return await this.#finished({ wanted, tokens }, client);
      }
      case 'refresh': {
        const { refresh_token: refreshToken } = account;
        if (refreshToken === undefined) throw new RequestFailure('No or malformed refresh token');
        const customParameters = await request.customParametersFor('refresh');
        const tokens = await refreshTokens({ ...request, refreshToken, customParameters }).catch(keepNewOne);
        return await this.#finished({ wanted, tokens: withUsedRefreshToken(tokens, refreshToken) }, client);
      }
    }
  }

  /** A login that needs no browser or device; the owner may have confirmed it already. */
  async #finished(outcome: Outcome, client: Visitor): Promise<Answer> {
    await this.#hold(outcome);
    if (!outcome.wanted.confirm) await this.#consent.toReveal(outcome, client);
    return this.#answerFor(outcome);
  }

  /** The agent has the account at once: the client only has to write its file. */
  async #hold({ wanted, tokens }: Outcome): Promise<void> {
    if (wanted.onlyToken) return;
    requireRefreshToken(tokens, wanted.account.issuer_url);
    const account = withGrant(wanted.account, tokens);
    await this.#consent.toReplace(wanted);
    const { lifetime, confirm, alwaysAllowIdToken } =
      this.#accounts.get(account.name)?.options ?? this.#settings;
    const options = {
      lifetime,
      alwaysAllowIdToken,
      confirm: confirm === true || wanted.confirm === true,
    };
    if (wanted.renews) return await this.#newLogins.renew(account, options, wanted.access, wanted.account);
    await this.#newLogins.supersede(account, options, wanted.access);
  }

  /** An account comes as it is now: its refresh token may have been replaced since the login was over. */
  #answerFor({ wanted, tokens }: Outcome): Answer {
    if (!wanted.onlyToken) {
      const held = this.#accounts.get(wanted.account.name)?.grant.account;
      const account = asNewAs(held, withGrant(wanted.account, tokens));
      // The file does not keep the user's login credentials.
      return {
        status: 'success',
        config: accountToJson({ ...account, username: undefined, password: undefined }),
      };
    }
    return {
      status: 'success',
      access_token: tokens.accessToken.reveal(),
      issuer: wanted.account.issuer_url,
      expires_at: tokens.expiresAt ?? 0,
    };
  }
}

/** Saves the new refresh token in an answer that cannot be used: the client gets no account, and so writes no file. */
async function keepNewOne(error: unknown): Promise<never> {
  if (!(error instanceof IssuerError) || error.refreshToken === undefined) throw error;
  throw error.with({ hints: [...error.hints, await keepAside(error.refreshToken)] });
}
