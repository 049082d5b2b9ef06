import type { Scenario } from '../scenario.ts';
import { everyProgram } from './every-program.ts';
import { oidcAdd, oidcAddSince5 } from './oidc-add.ts';
import { oidcAgent, oidcAgentSince5 } from './oidc-agent.ts';
import { mytokenSince5, oidcGen, oidcGenSince5 } from './oidc-gen.ts';
import { oidcToken, oidcTokenSince5 } from './oidc-token.ts';

export const scenarios: readonly Scenario[] = [
  ...everyProgram,
  ...oidcToken,
  ...oidcAdd,
  ...oidcAgent,
  ...oidcGen,
];

/** What the programs of oidc-agent 4 lack: only ours can be run. */
export const since5: readonly Scenario[] = [
  ...oidcTokenSince5,
  ...oidcAddSince5,
  ...oidcAgentSince5,
  ...oidcGenSince5,
  ...mytokenSince5,
];
