/** Changes of accounts in issuer.config that leave everything else as it is: entries, members, comments and layout. */
import {
  applyEdits,
  type FormattingOptions,
  findNodeAtLocation,
  type JSONPath,
  modify,
  parseTree,
} from 'jsonc-parser';
import * as v from 'valibot';
import { sameIssuer } from '../../oauth/issuer/issuer-url.ts';
import { parseCommentedJson, withoutComments } from '../json.ts';
import { isJson, withCurrentNames } from './issuer-file.ts';

/**
 * The text with an issuer's accounts changed, in the format it has.
 * @param change gets the accounts that are listed and gives those that should be
 * @returns undefined when nothing changes
 */
export function changeAccounts(
  text: string,
  issuer: string,
  change: (accounts: string[]) => string[],
): string | undefined {
  return isBlank(text) || isJson(text) ? changeJson(text, issuer, change) : changeText(text, issuer, change);
}

/** The text with another name for an account wherever it stands, as in `changeAccounts`. */
export function renameInFile(text: string, from: string, to: string): string | undefined {
  return isJson(text) ? renameInJson(text, from, to) : renameInText(text, from, to);
}

/** Whether a text has nothing but comments. It becomes JSON then, as a new file does. */
const isBlank = (text: string) => withoutComments(text).trim() === '';

/** A member to set, or an element of an array to remove if the value is undefined. A path that ends with -1 appends to an array. */
type Change = readonly [path: JSONPath, value: unknown];

function changeJson(
  text: string,
  issuer: string,
  change: (accounts: string[]) => string[],
): string | undefined {
  const { root, entries } = entriesOf(text);
  const index = entries.findIndex((entry) => isEntryOf(entry, issuer));
  const listed = accountsOf(entries[index]);
  const accounts = change(listed ?? []);
  if (equal(accounts, listed ?? [])) return undefined;
  if (index === -1) return edited(inArray(text), [[[-1], { issuer, accounts }]]);
  const path: JSONPath = Array.isArray(root) ? [index, 'accounts'] : ['accounts'];
  if (listed === undefined) return edited(text, [[path, accounts]]);
  const gone = listed.flatMap((account, place) => (accounts.includes(account) ? [] : [place]));
  const added = accounts.filter((account) => !listed.includes(account));
  return edited(text, [
    ...gone.reverse().map((place): Change => [[...path, place], undefined]),
    ...added.map((account): Change => [[...path, -1], account]),
  ]);
}

function renameInJson(text: string, from: string, to: string): string | undefined {
  const { root, entries } = entriesOf(text);
  const changes = entries.flatMap((entry, index): Change[] => {
    const path: JSONPath = Array.isArray(root) ? [index] : [];
    const places = (accountsOf(entry) ?? []).flatMap((account, place) => (account === from ? [place] : []));
    const inList = places.map((place): Change => [[...path, 'accounts', place], to]);
    const { default_account }: { default_account?: unknown } = Object(entry);
    return default_account === from ? [...inList, [[...path, 'default_account'], to]] : inList;
  });
  return changes.length === 0 ? undefined : edited(text, changes);
}

/** The value of a JSON text, which an empty text lacks, and its entries: those of the array, or the one object that it is. */
function entriesOf(text: string): { root: unknown; entries: unknown[] } {
  const root: unknown = isBlank(text) ? [] : parseCommentedJson(text).value;
  return { root, entries: [root].flat() };
}

function accountsOf(entry: unknown): string[] | undefined {
  const { accounts }: { accounts?: unknown } = Object(entry);
  return Array.isArray(accounts) ? accounts.map(String) : undefined;
}

function isEntryOf(entry: unknown, issuer: string): boolean {
  const parsed = v.safeParse(v.object({ issuer: v.string() }), withCurrentNames(entry));
  return parsed.success && sameIssuer(parsed.output.issuer, issuer);
}

/** The text with its one entry in an array, if it is not in one. */
function inArray(text: string): string {
  const content = withoutMark(text).trimEnd();
  if (isBlank(text)) return content === '' ? '[]\n' : `${content}\n[]\n`;
  return Array.isArray(entriesOf(text).root) ? text : `[\n${content}\n]\n`;
}

function edited(text: string, changes: readonly Change[]): string {
  const formattingOptions = layoutOf(text);
  let result = withoutMark(text);
  for (const [path, value] of changes) {
    result =
      value === undefined ? withoutElement(result, path) : withMember(result, path, value, formattingOptions);
  }
  return result;
}

function withMember(text: string, path: JSONPath, value: unknown, formattingOptions: FormattingOptions) {
  const jsonc = withJsoncComments(text);
  const isArrayInsertion = path.at(-1) === -1;
  return withHashComments(
    applyEdits(jsonc, modify(jsonc, path, value, { formattingOptions, isArrayInsertion })),
  );
}

/** The text without an element of an array and the comma beside it. (`modify` takes the comments between the two, too.) */
function withoutElement(text: string, path: JSONPath): string {
  const json = withoutComments(text);
  const root = parseTree(json);
  const element = root && findNodeAtLocation(root, path);
  const { children = [], offset: arrayStart, length: arrayLength } = element?.parent ?? {};
  if (element === undefined || arrayStart === undefined || arrayLength === undefined) return text;
  const start = element.offset;
  const end = start + element.length;
  if (children.length > 1) {
    const isLast = element === children.at(-1);
    const comma = isLast ? json.lastIndexOf(',', start) : json.indexOf(',', end);
    const spans = [
      { start, end },
      { start: comma, end: comma + 1 },
    ];
    return (isLast ? spans : spans.toReversed()).reduce(cut, text);
  }
  const inside = { start: arrayStart + 1, end: arrayStart + arrayLength - 1 };
  const hasComments = text.slice(inside.start, inside.end).trim() !== text.slice(start, end);
  return cut(text, hasComments ? { start, end } : inside);
}

/** The text without one part: without its lines if they hold nothing else, else without the blanks that follow the part. */
function cut(text: string, { start, end }: { start: number; end: number }): string {
  const before = text.slice(0, start);
  const after = text.slice(end);
  const isOnly = /(^|\n)[ \t]*$/.test(before) && /^[ \t]*\r?\n/.test(after);
  return isOnly
    ? before.replace(/[ \t]*$/, '') + after.replace(/^[ \t]*\r?\n/, '')
    : before + after.replace(/^[ \t]*/, '');
}

/** The indentation of the text: that of its first indented line, else tabs, as the C suite writes the file. */
function layoutOf(text: string): FormattingOptions {
  const indent = /^([ \t]+)[^ \t\r\n#]/m.exec(text)?.[1] ?? '\t';
  const eol = text.includes('\r\n') ? '\r\n' : '\n';
  return { insertSpaces: !indent.includes('\t'), tabSize: indent.length, eol };
}

/** The comments of the suite's files, lines that start with `#`, as those that jsonc-parser knows; and back. */
const withJsoncComments = (text: string) => text.replace(/^([ \t]*)#/gm, '$1//#');
const withHashComments = (text: string) => text.replace(/^([ \t]*)\/\/#/gm, '$1#');

const withoutMark = (text: string) => text.replace(/^\uFEFF/, '');

function changeText(
  text: string,
  issuer: string,
  change: (accounts: string[]) => string[],
): string | undefined {
  const lines = text.split('\n');
  const wordsOf = (line: string) => line.trim().split(/\s+/);
  const index = lines.findIndex((line) => sameIssuer(wordsOf(line)[0] ?? '', issuer));
  const line = lines[index] ?? issuer;
  const [, ...accounts] = wordsOf(line);
  const changed = change(accounts);
  if (equal(changed, accounts)) return undefined;
  const start = /^\s*\S+/.exec(line)?.[0] ?? '';
  const end = line.slice(line.trimEnd().length);
  const written = [start, ...changed].join(' ') + end;
  if (index !== -1) return lines.with(index, written).join('\n');
  const eol = text.includes('\r\n') ? '\r\n' : '\n';
  return `${text}${text.endsWith('\n') ? '' : eol}${written}${eol}`;
}

function renameInText(text: string, from: string, to: string): string | undefined {
  const renamed = text
    .split('\n')
    .map((line) => (/^\s*#/.test(line) ? line : line.replace(/\S+/g, (word) => (word === from ? to : word))))
    .join('\n');
  return renamed === text ? undefined : renamed;
}

function equal(one: readonly unknown[], other: readonly unknown[]): boolean {
  return one.length === other.length && one.every((word, index) => word === other[index]);
}
