/** The failures between this program and the agent: the message, and the exit code. */
import {
  Code,
  ERROR_TEXTS,
  EXIT_CODES,
  FAILURE_KINDS,
  HINTS,
  MAY_WAIT,
  NO_ANSWER,
  NO_RESPONSE,
  NOT_CONNECTED,
  NOT_TAKEN,
  noAnswerWithin,
  noConnectionWithin,
  START_AGENT,
} from '../generated';
import { matches } from '../text/pattern';
import { shellQuote } from '../text/shell-quote';

export class Failure {
  constructor(
    /** One of `Code`. */
    readonly code: string,
    readonly message: string,
    /** The reason and the next step: one sentence each. */
    readonly hints: string[],
    /** An explanation of the agent's, or empty. */
    readonly info: string = '',
  ) {}

  /** From sysexits.h, by docs/exit-codes.md. */
  get exitCode(): i32 {
    for (let index = 0; index < EXIT_CODES.SIZE; index++) {
      if (EXIT_CODES.CODE[index] === this.code) return EXIT_CODES.EXIT_CODE[index];
    }
    return 1;
  }
}

/** The agent closed the connection without an answer. */
export function noAnswer(): Failure {
  return new Failure(Code.UNREACHABLE, NO_RESPONSE, [NO_ANSWER, START_AGENT]);
}

/** The failure for an agent with so many clients that it cannot even read the requests of those that it refuses. */
export function notTaken(): Failure {
  return new Failure(Code.TRY_AGAIN, NO_RESPONSE, [NOT_TAKEN]);
}

export function busy(timeoutSeconds: i64): Failure {
  return new Failure(Code.TRY_AGAIN, NOT_CONNECTED, [noConnectionWithin(timeoutSeconds.toString())]);
}

export function timeout(timeoutSeconds: i64): Failure {
  return new Failure(Code.TIMEOUT, NO_RESPONSE, [noAnswerWithin(timeoutSeconds.toString()), MAY_WAIT]);
}

/** Nothing of the answer is repeated: it could be a part of a token. */
export function malformed(message: string, hints: string[] = []): Failure {
  return new Failure(Code.MALFORMED, message, hints);
}

/** An error that the agent reports. `account` is the one asked for, or NAME; `kind` is empty if the agent names none. */
export function reported(message: string, info: string, account: string, kind: string): Failure {
  const code = FAILURE_KINDS.includes(kind) ? kind : codeOf(message);
  return new Failure(code, message, info === '' ? hintsFor(code, account) : [], info);
}

/** The first match wins. */
function codeOf(text: string): string {
  for (let index = 0; index < ERROR_TEXTS.SIZE; index++) {
    if (matches(ERROR_TEXTS.PATTERN[index], text)) return ERROR_TEXTS.CODE[index];
  }
  return Code.FAILED;
}

function hintsFor(code: string, account: string): string[] {
  const name = shellQuote(account);
  const hints: string[] = [];
  for (let index = 0; index < HINTS.SIZE; index++) {
    if (HINTS.CODE[index] === code) hints.push(HINTS.HINT[index].replaceAll('NAME', name));
  }
  return hints;
}
