/** The agent's answer: a token and its properties, or an error. */
import { NO_REASON, NO_STATUS, NOT_AN_AGENT, unusable } from '../generated';
import { consistsOf, isSpace, isUnfit, isVisible, wholeNumber } from '../text/characters';
import { Kind, readObject, Value } from '../text/json';
import { Failure, malformed, noAnswer, reported } from './failure';

export class Answer {
  /** If set, all other members are empty. */
  failure: Failure | null = null;
  token: string = '';
  /** Empty when the agent does not say. */
  issuer: string = '';
  /** Seconds since 1970; 0 when the agent does not know. */
  expiresAt: i64 = 0;
  /** The agent's remarks on the token, or empty. */
  info: string = '';
}

/**
 * Parses the data from the connection.
 *
 * @param account the short name of the requested account; NAME if the request named an issuer
 */
export function readAnswer(text: string, account: string): Answer {
  if (consistsOf(text, isSpace)) return failed(noAnswer());
  // The C agent puts line breaks into JSON strings as they are.
  const members = readObject(text, true);
  const status: string | null = members === null ? null : textOf(members, 'status');
  if (members === null || status === null) {
    return failed(malformed(NO_STATUS, [NOT_AN_AGENT]));
  }
  const info = textOf(members, 'info') || '';
  if (status === 'failure') {
    const error = textOf(members, 'error');
    const kind = textOf(members, 'kind') || '';
    return failed(reported(error === null ? NO_REASON : error, info, account, kind));
  }
  return readToken(members, info);
}

function readToken(members: Map<string, Value>, info: string): Answer {
  const token = textOf(members, 'access_token');
  // It goes into HTTP headers and shell lines: nothing but visible ASCII (RFC 6750, section 2.1).
  if (token === null || token === '' || !consistsOf(token, isVisible)) return without('access_token');
  const issuer = isAbsent(members, 'issuer') ? '' : textOf(members, 'issuer');
  if (issuer === null || !consistsOf(issuer, isPrintable)) return without('issuer');
  const expiresAt = isAbsent(members, 'expires_at') ? 0 : secondsOf(members.get('expires_at'));
  if (expiresAt < 0) return without('expires_at');
  const answer = new Answer();
  answer.token = token;
  answer.issuer = issuer;
  answer.expiresAt = expiresAt;
  answer.info = info;
  return answer;
}

function failed(failure: Failure): Answer {
  const answer = new Answer();
  answer.failure = failure;
  return answer;
}

function without(member: string): Answer {
  return failed(malformed(unusable(member)));
}

function textOf(members: Map<string, Value>, name: string): string | null {
  if (!members.has(name)) return null;
  const value = members.get(name);
  return value.kind === Kind.Text ? value.text : null;
}

function isAbsent(members: Map<string, Value>, name: string): bool {
  return !members.has(name) || members.get(name).kind === Kind.Null;
}

const MAX_SAFE_INTEGER: f64 = 9007199254740991;

/** The C agent writes some of its numbers as texts. @returns -1 if it is no number of seconds */
function secondsOf(value: Value): i64 {
  if (value.kind === Kind.Text) return value.text === '' ? 0 : wholeNumber(value.text);
  if (value.kind !== Kind.Number) return -1;
  const seconds = parseFloat(value.text);
  return seconds >= 0 && seconds <= MAX_SAFE_INTEGER && Math.floor(seconds) === seconds ? i64(seconds) : -1;
}

function isPrintable(code: i32): bool {
  return !isSpace(code) && !isUnfit(code);
}
