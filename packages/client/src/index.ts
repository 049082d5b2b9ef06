/** Asks an oidc-agent for tokens. */
export { AgentError, type AgentErrorCode } from './agent-error.ts';
export type { Answer } from './answer.ts';
export { type ExchangeOptions, exchange, type Request, traceExchanges } from './exchange.ts';
export {
  type AccessToken,
  type AccessTokenRequest,
  getAccessToken,
  getIdToken,
  getLoadedAccounts,
  getMytoken,
  type IdToken,
  type IdTokenRequest,
  type Mytoken,
  type MytokenRequest,
  type TokenSource,
} from './tokens.ts';
