/** Asks an oidc-agent for access tokens. */
export { accounts } from './accounts.ts';
export { AgentError, type AgentErrorCode } from './agent-error.ts';
export {
  type AccessToken,
  getToken,
  type TokenOptions,
  type TokenSource,
  type TokenWish,
} from './get-token.ts';
export type { AgentOptions } from './options.ts';
