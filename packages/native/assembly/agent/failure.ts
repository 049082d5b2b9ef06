/** The failures between this program and the agent: the message, and the exit code. */
import { consistsOf, isDigit, isWord } from '../text/characters';
import { shellQuote } from '../text/shell-quote';

export enum Code {
  Unreachable,
  Timeout,
  Malformed,
  UnknownAccount,
  NotLoaded,
  Locked,
  Forbidden,
  WrongPassword,
  LoginNeeded,
  IssuerUnreachable,
  TryAgain,
  Failed,
}

export class Failure {
  constructor(
    readonly code: Code,
    readonly message: string,
    /** The reason and the next step: one sentence each. */
    readonly hints: string[],
    /** An explanation of the agent's, or empty. */
    readonly info: string = '',
  ) {}

  /** From sysexits.h, by docs/exit-codes.md. */
  get exitCode(): i32 {
    switch (this.code) {
      case Code.Unreachable:
      case Code.IssuerUnreachable:
        return 69;
      case Code.Timeout:
      case Code.TryAgain:
        return 75;
      case Code.NotLoaded:
      case Code.Locked:
      case Code.Forbidden:
      case Code.WrongPassword:
      case Code.LoginNeeded:
        return 77;
      default:
        return 1;
    }
  }
}

const NO_RESPONSE: string = 'did not receive any response';
const NOT_CONNECTED: string = 'Could not connect to oidc-agent';

/** The agent closed the connection without an answer. */
export function noAnswer(): Failure {
  return new Failure(Code.Unreachable, NO_RESPONSE, [
    'the agent closed the connection without an answer',
    'start an agent with: eval $(oidc-agent)',
  ]);
}

/** The failure for an agent with so many clients that it cannot even read the requests of those that it refuses. */
export function notTaken(): Failure {
  return new Failure(Code.TryAgain, NO_RESPONSE, [
    'the agent did not take the request: it may have too many clients at the moment; try again',
  ]);
}

export function busy(timeoutSeconds: i64): Failure {
  return new Failure(Code.TryAgain, NOT_CONNECTED, [
    `the agent took no connection within ${timeoutSeconds} s; try again`,
  ]);
}

export function timeout(timeoutSeconds: i64): Failure {
  return new Failure(Code.Timeout, NO_RESPONSE, [
    `the agent took the request, but did not answer within ${timeoutSeconds} s`,
    'it may be waiting for the issuer, which can take a minute, or for you to answer a dialog; then try again',
  ]);
}

/** Nothing of the answer is repeated: it could be a part of a token. */
export function malformed(message: string, hints: string[] = []): Failure {
  return new Failure(Code.Malformed, message, hints);
}

/** An error that the agent reports. `account` is the one asked for, or NAME; `kind` is empty if the agent names none. */
export function reported(message: string, info: string, account: string, kind: string): Failure {
  const named = codeOfKind(kind);
  const code = named < 0 ? codeOf(message) : (named as Code);
  return new Failure(code, message, info === '' ? hintsFor(code, account) : [], info);
}

/** @returns -1 for a kind that is not known here */
function codeOfKind(kind: string): i32 {
  if (kind === 'unknown-account') return Code.UnknownAccount;
  if (kind === 'not-loaded') return Code.NotLoaded;
  if (kind === 'locked') return Code.Locked;
  if (kind === 'forbidden') return Code.Forbidden;
  if (kind === 'wrong-password') return Code.WrongPassword;
  if (kind === 'login-needed') return Code.LoginNeeded;
  if (kind === 'issuer-unreachable') return Code.IssuerUnreachable;
  if (kind === 'try-again') return Code.TryAgain;
  return kind === 'failed' ? Code.Failed : -1;
}

function codeOf(text: string): Code {
  if (text.startsWith('No account configured')) return Code.UnknownAccount;
  if (text.startsWith('account not loaded')) return Code.NotLoaded;
  if (text.startsWith('Agent locked')) return Code.Locked;
  if (text.startsWith('operation forbidden') || text.startsWith('user cancelled')) return Code.Forbidden;
  if (text.startsWith('wrong password')) return Code.WrongPassword;
  if (
    startsWithWord(text, 'invalid_grant') ||
    startsWithWord(text, 'invalid_token') ||
    startsWithWord(text, 'interaction_required') ||
    startsWithWord(text, 'login_required') ||
    startsWithWord(text, 'consent_required') ||
    text.startsWith('No or malformed refresh token')
  ) {
    return Code.LoginNeeded;
  }
  if (
    text.startsWith('could not connect to url') ||
    text.startsWith('error with ssl cert') ||
    text.startsWith('reached timeout')
  ) {
    return Code.IssuerUnreachable;
  }
  if (
    text.includes('try again later') ||
    isInUse(text) ||
    startsWithWord(text, 'temporarily_unavailable') ||
    isPassingStatus(text)
  ) {
    return Code.TryAgain;
  }
  return Code.Failed;
}

function startsWithWord(text: string, word: string): bool {
  return text.startsWith(word) && !isWord(text.charCodeAt(word.length));
}

/** `'FILE' is in use by PROCESS`, in the first line. */
function isInUse(text: string): bool {
  if (!text.startsWith("'")) return false;
  const end = text.indexOf("' is in use by ", 1);
  if (end < 0) return false;
  for (let index = 1; index < end; index++) {
    const code = text.charCodeAt(index);
    if (code === 0x0a || code === 0x0d || code === 0x2028 || code === 0x2029) return false;
  }
  return true;
}

/** 408, 429 and all of 5xx. */
function isPassingStatus(text: string): bool {
  const prefix = 'Received Http Status Code ';
  if (!text.startsWith(prefix)) return false;
  const status = text.substring(prefix.length, prefix.length + 3);
  if (status === '408' || status === '429') return true;
  return status.length === 3 && status.startsWith('5') && consistsOf(status, isDigit);
}

function hintsFor(code: Code, account: string): string[] {
  const name = shellQuote(account);
  switch (code) {
    case Code.UnknownAccount:
      return ['list the accounts with: oidc-add -l', `create a new one with: oidc-gen ${name}`];
    case Code.NotLoaded:
      return [`load the account with: oidc-add ${name}`];
    case Code.Locked:
      return ['unlock the agent with: oidc-add -X'];
    case Code.LoginNeeded:
      return [`log in again with: oidc-gen --reauthenticate ${name}`];
    case Code.IssuerUnreachable:
      return ['the agent cannot reach the issuer; check the network, then try again'];
    case Code.TryAgain:
      return ['try again in a moment'];
    default:
      return [];
  }
}
