/**
 * Reads the files `config` (docs/configuration.md), but only in their clear forms: leaves broken or unusual content to
 * the Node program.
 */

import { LIFETIME_SETTING, MAX_CONFIG_BYTES, OIDC_TOKEN, SYSTEM_FILE } from './generated';
import { close } from './host';
import { Bytes, mayRead, open, variable } from './system';
import { EACCES, ENOENT, ENOTDIR } from './system-errors';
import { consistsOf, isLineEnd, isSpace, wholeNumber } from './text/characters';
import { Kind, readObject, Value } from './text/json';

/** The content is unclear. */
export const UNCLEAR: i64 = -1;

/** Whether a file may contain settings for a program. True also if unclear. */
export function mayConfigure(program: string): bool {
  const file = userFile();
  if (file === null) return true;
  return !sectionIn(SYSTEM_FILE, program).isSilent || !(file === '' || sectionIn(file, program).isSilent);
}

/** The minimum lifetime of a token: seconds, 0 if no file sets it, or UNCLEAR. */
export function configuredLifetime(): i64 {
  const file = userFile();
  if (file === null) return UNCLEAR;
  const system = lifetimeIn(SYSTEM_FILE);
  const user = file === '' ? SILENT : lifetimeIn(file);
  if (system === UNCLEAR || user === UNCLEAR) return UNCLEAR;
  if (user !== SILENT) return user;
  return system === SILENT ? 0 : system;
}

/** A file does not say anything. */
const SILENT: i64 = -2;

function lifetimeIn(file: string): i64 {
  const section = sectionIn(file, OIDC_TOKEN);
  if (!section.isClear) return UNCLEAR;
  const members = section.members;
  return members === null ? SILENT : lifetimeOf(members);
}

/** The section of a file for a program. */
class Section {
  constructor(
    readonly isClear: bool,
    readonly members: Map<string, Value> | null,
  ) {}

  get isSilent(): bool {
    return this.isClear && this.members === null;
  }
}

function sectionIn(file: string, program: string): Section {
  const silent = new Section(true, null);
  const unclear = new Section(false, null);
  const fd = open(file);
  if (fd < 0) return fd === ENOENT || fd === ENOTDIR ? silent : unclear;
  const bytes = new Bytes(4096);
  let count = 1;
  while (count > 0 && bytes.size <= MAX_CONFIG_BYTES) count = bytes.readFrom(fd);
  close(fd);
  if (count !== 0) return unclear;
  const text = bytes.toString();
  if (consistsOf(text, isSpace)) return silent;
  const sections = readObject(withoutComments(text));
  if (sections === null) return unclear;
  if (!sections.has(program)) return silent;
  const section = sections.get(program);
  const members: Map<string, Value> | null = section.kind === Kind.Object ? readObject(section.text) : null;
  return members === null ? unclear : new Section(true, members);
}

function lifetimeOf(members: Map<string, Value>): i64 {
  const names = members.keys();
  let lifetime = SILENT;
  for (let index = 0; index < names.length; index++) {
    if (plainName(names[index]) !== plainName(LIFETIME_SETTING)) continue;
    // With both spellings in the file, their order decides.
    if (lifetime !== SILENT) return UNCLEAR;
    const value = members.get(names[index]);
    lifetime = value.kind === Kind.Text || value.kind === Kind.Number ? wholeNumber(value.text) : UNCLEAR;
  }
  return lifetime;
}

/** A name may have dashes or underscores. */
function plainName(name: string): string {
  return name.replaceAll('-', '_');
}

/** Lines that start with `#` are comments. */
function withoutComments(text: string): string {
  if (!text.includes('#')) return text;
  const parts: string[] = [];
  let start = 0;
  while (start < text.length) {
    const end = endOfLine(text, start);
    let first = start;
    while (first < end && (text.charCodeAt(first) === 0x20 || text.charCodeAt(first) === 0x09)) first++;
    if (text.charCodeAt(first) !== 0x23) parts.push(text.substring(start, end));
    start = end;
  }
  return parts.join('');
}

/** The beginning of the next line, or the end of the text. */
function endOfLine(text: string, from: i32): i32 {
  for (let index = from; index < text.length; index++) {
    if (isLineEnd(text.charCodeAt(index))) return index + 1;
  }
  return text.length;
}

/** The user's file; empty if it does not exist, null if its place is unclear. */
function userFile(): string | null {
  const named = variable('OIDC_USER_CONFIG');
  if (named === '/dev/null') return '';
  if (named !== '') return isPlain(named) ? named : null;
  const folders: string[] = [];
  const configured = variable('OIDC_CONFIG_DIR');
  const home = variable('HOME');
  if (configured !== '') folders.push(configured);
  if (home !== '') {
    folders.push(`${home}/.config/oidc-agent`);
    folders.push(`${home}/.oidc-agent`);
  }
  for (let index = 0; index < folders.length; index++) {
    if (!isPlain(folders[index])) return null;
    const error = mayRead(`${folders[index]}/.`);
    if (error === 0) return `${folders[index]}/config`;
    if (error !== ENOENT && error !== ENOTDIR && error !== EACCES) return null;
  }
  return '';
}

/** A path in which nothing has to be expanded. */
function isPlain(path: string): bool {
  return !path.startsWith('~') && !path.includes('$') && !path.includes('..');
}
