/** What all parts of bench/agent.ts measure with. */
import type { Suite } from '../../../e2e/support/computer/programs.ts';
import type { Sandbox } from '../../../e2e/support/computer/sandbox.ts';
import { type Form, wireRequest } from '../agent-clients.ts';
import { accountOf, type QuickIssuer, type TwoAgents } from '../two-agents.ts';

export interface Setting {
  readonly sandbox: Sandbox;
  readonly issuer: QuickIssuer;
  /** Each with an account for every part of the issuer. */
  readonly agents: TwoAgents;
}

/** How many clients ask at once, and how often all of them together in a round. */
export const crowds = [
  { clients: 1, requests: 300 },
  { clients: 8, requests: 800 },
  { clients: 64, requests: 3200 },
] as const;

export const named = (clients: number) => (clients === 1 ? '1 client' : `${clients} clients`);

export const cachedToken = (suite: Suite) => ({
  request: 'access_token',
  account: accountOf('steady', suite),
  min_valid_period: 0,
});

/** A request for a token that the agent has, as it goes through a connection. */
export const wireCachedToken = (suite: Suite, form: Form = 'plaintext') =>
  wireRequest(cachedToken(suite), form);

/** A request that the agent has to ask the issuer for. */
export const newToken = (part: string, suite: Suite) =>
  wireRequest({ request: 'access_token', account: accountOf(part, suite), min_valid_period: -1 });
