import { accessTokenIn, accessTokenRequest } from './access-token.ts';
import { exchange } from './conversation/exchange.ts';
import { type AgentOptions, checkOptions, flag, name, seconds, text } from './options.ts';
import type { AccessToken, TokenParameters, TokenSource } from './token.ts';

export type TokenOptions = TokenSource & TokenParameters & AgentOptions;

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
 * Asks the agent for an access token. The agent caches tokens and renews them in time: call this whenever the program
 * needs a token, and cache none.
 *
 * @throws AgentError if the agent gives no token; its code says why
 * @throws TypeError for invalid options
 */
export async function getToken(options: TokenOptions): Promise<AccessToken> {
  checkOptions('getToken', options, checks);
  if ((options.account === undefined) === (options.issuer === undefined)) {
    throw new TypeError('getToken: either account or issuer has to be given');
  }
  return accessTokenIn(await exchange(accessTokenRequest(options), options));
}
