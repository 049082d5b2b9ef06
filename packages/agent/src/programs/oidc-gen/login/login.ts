/** Has the user log in for an account, by one of several flows. */

import type { Account } from '../../../accounts/account.ts';
import { tryFlows } from '../../../login/flow-order.ts';
import { requireRefreshToken, withUsedRefreshToken } from '../../../login/granted-account.ts';
import { type LoginRequest, loginRequest } from '../../../login/login-request.ts';
import type { Flow } from '../../../oauth/grants/flow.ts';
import { passwordTokens } from '../../../oauth/grants/password.ts';
import type { Tokens } from '../../../oauth/grants/tokens.ts';
import type { IssuerError } from '../../../oauth/http/errors.ts';
import { Secret } from '../../../secret.ts';
import { print, warn } from '../../../terminal/output.ts';
import { deviceLogin } from '../../device-login.ts';
import { refreshAndSave } from '../../replaced-refresh-token.ts';
import { advisedLogin } from '../advice.ts';
import { ask, askSecret, mayAsk } from '../ask-user.ts';
import type { Options } from '../command-line.ts';
import { customFor } from '../custom.ts';
import { printsSteps } from '../finish.ts';
import type { MetIssuer } from '../issuer.ts';
import { notGiven } from '../questions.ts';
import { codeLogin, PendingLogin, type ShownLogin } from './code-login.ts';

/** The result of a login, and its flow. */
export interface Login {
  readonly tokens: Tokens;
  readonly flow: Flow;
}

/**
 * Tries the flows in order until one gives tokens: a flow may work that the issuer or client supports where the one
 * before failed.
 *
 * With `--no-webserver` only starts a login by the code flow, and returns a `PendingLogin`.
 *
 * @throws IssuerError, IssuerUnreachableError, ProgramError or Interrupted
 */
export async function logIn(
  { account, issuer, flows }: { account: Account; issuer: MetIssuer; flows: readonly Flow[] },
  options: Options,
): Promise<Login | PendingLogin> {
  const request: ShownLogin = {
    ...loginRequest(account, issuer, customFor),
    onAccepted: () => {
      if (!options['only-at']) print('accepted');
    },
  };
  const attempt = async (flow: Flow) => {
    const tokens = await FLOW[flow](request, options);
    if (tokens instanceof PendingLogin) return tokens;
    if (!options['only-at']) {
      requireRefreshToken(tokens, issuer.metadata.issuer);
      if (printsSteps(flow)) print('success');
    }
    return { tokens, flow };
  };
  const printFailure = ({ message }: IssuerError, failed: Flow, next: Flow) =>
    warn(`${failed} flow: ${message}. Trying the ${next} flow ...`);
  return await tryFlows(flows, attempt, printFailure).catch((error: unknown) => {
    throw advisedLogin(error);
  });
}

const FLOW: Record<Flow, (request: ShownLogin, options: Options) => Promise<Tokens | PendingLogin>> = {
  code: codeLogin,
  device: async (request, options) => {
    const [start, poll] = [
      await request.customParametersFor('device-init'),
      await request.customParametersFor('device-polling'),
    ];
    return await deviceLogin({
      ...request,
      custom: { start, poll },
      mayOpenBrowser: !options['no-url-call'],
    });
  },
  password: passwordLogin,
  refresh: refreshLogin,
};

async function passwordLogin(request: LoginRequest, options: Options): Promise<Tokens> {
  const username =
    options['op-username'] ??
    (mayAsk(options) ? await ask('Enter username for the issuer', options) : undefined);
  if (!username) throw notGiven('username', 'op-username');
  const given = options['op-password'];
  if (given === undefined && !mayAsk(options)) throw notGiven('password', 'op-password');
  const password =
    given === undefined ? await askSecret('Enter password for the issuer', options) : new Secret(given);
  return await passwordTokens({
    ...request,
    username,
    password,
    customParameters: await request.customParametersFor('password'),
  });
}

/** Tries the refresh token at once, so that a user who pasted the wrong one learns of it now. */
async function refreshLogin(request: LoginRequest, options: Options): Promise<Tokens> {
  const refreshToken = await givenRefreshToken(options);
  const tokens = await refreshAndSave({
    ...request,
    refreshToken,
    customParameters: await request.customParametersFor('refresh'),
  });
  return withUsedRefreshToken(tokens, refreshToken);
}

/**
 * The refresh token of `--rt` or `--rt-env`, else the one that the user pastes.
 * @throws ProgramError if oidc-gen may not ask for it; Interrupted
 */
export async function givenRefreshToken(options: Options): Promise<Secret> {
  const { 'refresh-token': given } = options;
  if (given) return new Secret(given);
  if (!mayAsk(options)) throw notGiven('refresh token', 'rt');
  return await askSecret('Enter refresh token', options);
}
