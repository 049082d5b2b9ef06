import type { AgentError, AgentErrorCode } from '@jeton/client';

const EXIT_CODES: Readonly<Record<AgentErrorCode, number>> = {
  unreachable: 69,
  'issuer-unreachable': 69,
  timeout: 75,
  'try-again': 75,
  'not-loaded': 77,
  locked: 77,
  forbidden: 77,
  'wrong-password': 77,
  'login-needed': 77,
  'unknown-account': 1,
  malformed: 1,
  aborted: 1,
  failed: 1,
};

/** The exit code (sysexits.h) with which a program ends on an error of the agent: docs/exit-codes.md. */
export function agentExitCode({ code }: AgentError): number {
  return EXIT_CODES[code];
}
