/** Asks an oidc-agent for access tokens. */

export { accounts } from './accounts.ts';
export { AgentError, type AgentErrorCode } from './agent-error.ts';
export { getToken, type TokenOptions } from './get-token.ts';
export type { AgentOptions } from './options.ts';
export type { AccessToken, TokenParameters, TokenSource } from './token.ts';
