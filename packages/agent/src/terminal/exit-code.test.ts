import { AgentError, type AgentErrorCode } from '@jeton/client';
import { expect, it } from 'vitest';
import { agentExitCode } from './exit-code.ts';

it.each<[AgentErrorCode, number]>([
  ['unreachable', 69],
  ['issuer-unreachable', 69],
  ['timeout', 75],
  ['try-again', 75],
  ['not-loaded', 77],
  ['locked', 77],
  ['forbidden', 77],
  ['wrong-password', 77],
  ['login-needed', 77],
  ['unknown-account', 1],
  ['malformed', 1],
  ['aborted', 1],
  ['failed', 1],
])('%s ends a program with %d, as docs/exit-codes.md says', (code, exitCode) => {
  expect(agentExitCode(new AgentError(code, 'Nein'))).toBe(exitCode);
});
