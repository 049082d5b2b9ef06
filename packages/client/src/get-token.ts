import { accessTokenIn, accessTokenRequest } from './access-token.ts';
import { exchange } from './exchange.ts';
import { type AgentOptions, checkOptions, flag, name, seconds, text } from './options.ts';
import type { AccessToken, TokenSource, TokenWish } from './token.ts';

export type TokenOptions = TokenSource & TokenWish & AgentOptions;

const checks = {
  account: name,
  issuer: name,
  scope: text,
  audience: text,
  minValid: seconds,
  forceNew: flag,
  applicationHint: text,
};

/**
 * Asks the agent for an access token. The agent keeps tokens and renews them in time: ask whenever one is needed, and keep
 * none.
 *
 * @throws AgentError when there is no token; its code tells why
 * @throws TypeError for options that cannot be meant
 */
export async function getToken(options: TokenOptions): Promise<AccessToken> {
  checkOptions('getToken', options, checks);
  if ((options.account === undefined) === (options.issuer === undefined)) {
    throw new TypeError('getToken: either account or issuer has to be given');
  }
  return accessTokenIn(await exchange(accessTokenRequest(options), options));
}
