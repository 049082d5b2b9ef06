import type { AgentError, AgentErrorCode } from '@jeton/client';
import type { FailureKind } from '@jeton/protocol';
import { FileError, type FileErrorKind } from '../files/errors.ts';
import type { HintedError } from '../hinted-error.ts';
import { IssuerError, type IssuerErrorKind, IssuerUnreachableError } from '../oauth/http/errors.ts';

export const EXIT_CODES: Readonly<Record<AgentErrorCode, number>> = {
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

const KINDS: Readonly<Partial<Record<IssuerErrorKind | FileErrorKind, FailureKind>>> = {
  refresh_token_invalid: 'login-needed',
  login_required: 'login-needed',
  denied: 'forbidden',
  unavailable: 'try-again',
  'wrong-password': 'wrong-password',
  locked: 'try-again',
};

/**
 * The kind of an error, the same for programs that ask an agent and those that ask the issuer themselves. Undefined if
 * a program can recognise it from the text, but never for an issuer's text, which could contain anything.
 */
export function failureKind(error: HintedError): FailureKind | undefined {
  if (error instanceof IssuerUnreachableError) return 'issuer-unreachable';
  if (error instanceof IssuerError) return KINDS[error.kind] ?? 'failed';
  return error instanceof FileError ? KINDS[error.kind] : undefined;
}

/** The exit code for an error: by its kind, where it comes from an issuer or is about account files. */
export function exitCodeOf(error: HintedError): number {
  const kind = failureKind(error);
  return kind === undefined ? error.exitCode : EXIT_CODES[kind];
}

/** The exit code (sysexits.h) with which a program ends on an error of the agent: docs/exit-codes.md. */
export function agentExitCode({ code }: AgentError): number {
  return EXIT_CODES[code];
}
