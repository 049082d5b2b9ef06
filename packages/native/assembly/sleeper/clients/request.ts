/**
 * The requests that a sleeping agent understands (docs/protocol.md). It understands them fully or not at all: anything that could
 * mean something else to the Node program is left to that.
 */
import { QUESTION_TEXTS, Question, RequestName } from '../../generated';
import { consistsOf, isVisible, wholeNumber } from '../../text/characters';
import { Kind, readObject, Value } from '../../text/json';
import { decodeUtf8 } from '../../text/utf8';

@final
export class Request {
  /** One of `Question`. */
  question: i32 = Question.CHECK;
  /** Empty if the request does not have it. If it has both, the account counts. */
  account: string = '';
  issuer: string = '';
  /** As `cacheKey` of packages/agent/src/daemon/grant/cache/token-cache.ts writes it. */
  key: string = '\n';
  minValid: f64 = 0;
  hasTerminal: bool = false;
}

/** The Node program reads longer requests. */
export const MAX_REQUEST_BYTES: i32 = 4096;

/** @returns null for a request that is for the Node program */
export function understand(start: usize, size: i32): Request | null {
  // A request with secrets does not become a text of this memory, which would not be wiped.
  if (size > MAX_REQUEST_BYTES || !namesQuestion(start, size)) return null;
  const members = readObject(decodeUtf8(start, size));
  if (members === null || !members.has('request')) return null;
  const value = members.get('request');
  if (value.kind !== Kind.Text) return null;
  const request = new Request();
  const name = value.text;
  if (name === RequestName.ACCESS_TOKEN) {
    request.question = Question.ACCESS_TOKEN;
    return readMembers(request, members) ? request : null;
  }
  if (
    name === RequestName.CHECK &&
    members.size === 2 &&
    members.has('pid') &&
    members.get('pid').text === '1'
  ) {
    request.question = Question.PROCESS_ID;
    return request;
  }
  // The others have no further members.
  if (members.size !== 1) return null;
  if (name === RequestName.CHECK) request.question = Question.CHECK;
  else if (name === RequestName.LOADED_ACCOUNTS) request.question = Question.LOADED_ACCOUNTS;
  else if (name === RequestName.STATUS_JSON) request.question = Question.STATUS_JSON;
  else return null;
  return request;
}

function readMembers(request: Request, members: Map<string, Value>): bool {
  const names = members.keys();
  let scope = '';
  let audience = '';
  for (let index = 0; index < names.length; index++) {
    const name = names[index];
    const value = members.get(name);
    if (name === 'request') continue;
    if (name === 'min_valid_period') {
      if (!readPeriod(request, value)) return false;
    } else if (name === 'has_terminal') {
      if (value.kind !== Kind.Number || (value.text !== '0' && value.text !== '1')) return false;
      request.hasTerminal = value.text === '1';
    } else {
      const text = textOf(value);
      if (text === null) return false;
      if (name === 'account') request.account = text;
      else if (name === 'issuer') request.issuer = text;
      else if (name === 'scope') scope = text;
      else if (name === 'audience') audience = text;
      else if (name !== 'application_hint') return false;
    }
  }
  if (scope === '' && audience === '') return true;
  const scopes = sortedSet(scope);
  const audiences = sortedSet(audience);
  if (scopes === null || audiences === null) return false;
  request.key = `${scopes}\n${audiences}`;
  return true;
}

/** The text of a member; empty if the value stands for none. @returns null for a value that is no text */
function textOf(value: Value): string | null {
  if (value.kind === Kind.Null) return '';
  if (value.kind !== Kind.Text) return null;
  return value.text === 'null' || value.text === '(null)' ? '' : value.text;
}

function readPeriod(request: Request, value: Value): bool {
  if (value.kind === Kind.Null) return true;
  if (value.kind !== Kind.Number && value.kind !== Kind.Text) return false;
  const seconds = wholeNumber(value.text);
  if (seconds < 0) return false;
  request.minValid = f64(seconds);
  return true;
}

/** @returns null where another program might divide the words elsewhere */
function sortedSet(text: string): string | null {
  if (text === '') return '';
  const parts = text.split(' ');
  const words: string[] = [];
  for (let index = 0; index < parts.length; index++) {
    const part = parts[index];
    if (!consistsOf(part, isVisible)) return null;
    if (part !== '' && !words.includes(part)) words.push(part);
  }
  if (words.length > 1) words.sort(byCodeUnits);
  return words.join(' ');
}

function byCodeUnits(one: string, other: string): i32 {
  return one < other ? -1 : one > other ? 1 : 0;
}

/** Whether the name of one of the questions is there as a whole text. */
function namesQuestion(start: usize, size: i32): bool {
  for (let index = 0; index < QUESTION_TEXTS.length; index++) {
    if (contains(start, size, QUESTION_TEXTS[index])) return true;
  }
  return false;
}

function contains(start: usize, size: i32, text: string): bool {
  const length = text.length;
  const first = text.charCodeAt(1);
  // The letter after the quote is rarer than a quote.
  for (let at = 1; at <= size - length + 1; at++) {
    if (<i32>load<u8>(start + at) !== first || !isAt(start + at - 1, text)) continue;
    return true;
  }
  return false;
}

function isAt(start: usize, text: string): bool {
  for (let index = 0; index < text.length; index++) {
    if (<i32>load<u8>(start + index) !== text.charCodeAt(index)) return false;
  }
  return true;
}
