/** The request, as JSON (docs/protocol.md). */

import { FORCE_NEW } from '../generated';
import { Options } from '../options';
import { BACKSLASH, isDigit, QUOTE } from '../text/characters';
import { TextBuilder } from '../text/text-builder';

/** Members in the order of the Node program, without the empty ones. */
export function requestFor(options: Options, minValidPeriod: i64, hasTerminal: bool): string {
  const period = options.forceNew ? FORCE_NEW : minValidPeriod;
  return [
    `{"request":"access_token","min_valid_period":${period}`,
    member(isIssuer(options.name) ? 'issuer' : 'account', options.name),
    member('scope', options.scopes.join(' ')),
    member('application_hint', options.applicationHint),
    hasTerminal ? ',"has_terminal":1' : '',
    member('audience', options.audience),
    '}',
  ].join('');
}

function member(name: string, value: string): string {
  return value === '' ? '' : `,"${name}":${quoted(value)}`;
}

/** As JSON.stringify writes a text. */
function quoted(text: string): string {
  const json = new TextBuilder(text.length + 2);
  json.add(QUOTE);
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    const letter = escapeLetter(code);
    if (letter !== 0) {
      json.add(BACKSLASH);
      json.add(letter);
    } else if (code < 0x20) {
      json.addEscaped(code);
    } else {
      json.add(code);
    }
  }
  json.add(QUOTE);
  return json.toString();
}

/** The escape letter for a character, after a backslash; 0 if it has none. */
function escapeLetter(code: i32): i32 {
  if (code === QUOTE || code === BACKSLASH) return code;
  if (code === 0x08) return 0x62;
  if (code === 0x09) return 0x74;
  if (code === 0x0a) return 0x6e;
  if (code === 0x0c) return 0x66;
  return code === 0x0d ? 0x72 : 0;
}

/**
 * Whether a name is an issuer rather than a short name: it has a scheme, in any case and after blanks; without TLS only
 * a local address counts.
 */
export function isIssuer(name: string): bool {
  const url = lowerCase(name.trimStart());
  if (url.startsWith('https://')) return true;
  if (!url.startsWith('http://')) return false;
  const host = url.substring(7);
  return isHost(host, 'localhost') || isHost(host, '[::1]') || endsHost(host, loopbackLength(host));
}

/** Of ASCII letters alone: a local host has no others. */
function lowerCase(text: string): string {
  const lower = new TextBuilder(text.length);
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    lower.add(code >= 0x41 && code <= 0x5a ? code + 0x20 : code);
  }
  return lower.toString();
}

function isHost(text: string, host: string): bool {
  return text.startsWith(host) && endsHost(text, host.length);
}

/** Whether a host's name of that length ends where it should. */
function endsHost(text: string, length: i32): bool {
  if (length === 0) return false;
  if (length === text.length) return true;
  const code = text.charCodeAt(length);
  return code === 0x3a || code === 0x2f;
}

/** The length of an address in 127.0.0.0/8 at the beginning; 0 if the text does not start with one. */
function loopbackLength(text: string): i32 {
  if (!text.startsWith('127')) return 0;
  let index = 3;
  for (let part = 0; part < 3; part++) {
    if (index >= text.length || text.charCodeAt(index) !== 0x2e) return 0;
    const digits = ++index;
    while (index < text.length && isDigit(text.charCodeAt(index))) index++;
    if (index === digits) return 0;
  }
  return index;
}
