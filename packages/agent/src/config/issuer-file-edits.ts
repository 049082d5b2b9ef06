/** Changes of accounts in issuer.config that leave everything else as it is: entries, members, comments and layout. */
import { applyEdits, type FormattingOptions, type JSONPath, modify } from 'jsonc-parser';
import * as v from 'valibot';
import { sameIssuer } from '../oauth/issuer/issuer-url.ts';
import { isJson, withCurrentNames } from './issuer-file.ts';
import { parseCommentedJson } from './json.ts';

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
  return text.trim() === '' || isJson(text)
    ? changeJson(text, issuer, change)
    : changeText(text, issuer, change);
}

/** The text with another name for an account wherever it stands, as in `changeAccounts`. */
export function renameInFile(text: string, from: string, to: string): string | undefined {
  return isJson(text) ? renameInJson(text, from, to) : renameInText(text, from, to);
}

/** A member to set, or to remove if the value is undefined. A path that ends with -1 appends to an array. */
type Change = readonly [path: JSONPath, value: unknown];

function changeJson(
  text: string,
  issuer: string,
  change: (accounts: string[]) => string[],
): string | undefined {
  const { root, entries } = entriesOf(text);
  const index = entries.findIndex((entry) => isEntryOf(entry, issuer));
  const listed = accountsOf(entries[index]);
  const accounts = change(listed?.map(String) ?? []);
  if (equal(accounts, listed ?? [])) return undefined;
  if (index === -1) return edited(inArray(text), [[[-1], { issuer, accounts }]]);
  const path: JSONPath = Array.isArray(root) ? [index, 'accounts'] : ['accounts'];
  if (listed === undefined) return edited(text, [[path, accounts]]);
  const gone = listed.flatMap((account, place) => (accounts.includes(String(account)) ? [] : [place]));
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
  const root: unknown = text.trim() === '' ? [] : parseCommentedJson(text).value;
  return { root, entries: [root].flat() };
}

function accountsOf(entry: unknown): unknown[] | undefined {
  const { accounts }: { accounts?: unknown } = Object(entry);
  return Array.isArray(accounts) ? accounts : undefined;
}

function isEntryOf(entry: unknown, issuer: string): boolean {
  const parsed = v.safeParse(v.object({ issuer: v.string() }), withCurrentNames(entry));
  return parsed.success && sameIssuer(parsed.output.issuer, issuer);
}

/** The text with its one entry in an array, if it is not in one. */
function inArray(text: string): string {
  if (text.trim() === '') return '[]\n';
  return Array.isArray(entriesOf(text).root) ? text : `[\n${text.trimEnd()}\n]\n`;
}

function edited(text: string, changes: readonly Change[]): string {
  const formattingOptions = layoutOf(text);
  let jsonc = withJsoncComments(text);
  for (const [path, value] of changes) {
    const isArrayInsertion = path.at(-1) === -1;
    jsonc = applyEdits(jsonc, modify(jsonc, path, value, { formattingOptions, isArrayInsertion }));
  }
  return withHashComments(jsonc);
}

/** How deep the text indents: as in its first indented line, else with tabs, as the C suite writes the file. */
function layoutOf(text: string): FormattingOptions {
  const indent = /^([ \t]+)[^ \t\r\n#]/m.exec(text)?.[1] ?? '\t';
  const eol = text.includes('\r\n') ? '\r\n' : '\n';
  return { insertSpaces: !indent.includes('\t'), tabSize: indent.length, eol };
}

/** The comments of the suite's files, lines that start with `#`, as those that jsonc-parser knows; and back. */
const withJsoncComments = (text: string) => text.replace(/^\uFEFF/, '').replace(/^([ \t]*)#/gm, '$1//#');
const withHashComments = (text: string) => text.replace(/^([ \t]*)\/\/#/gm, '$1#');

function changeText(
  text: string,
  issuer: string,
  change: (accounts: string[]) => string[],
): string | undefined {
  const lines = text.split('\n');
  const index = lines.findIndex((line) => sameIssuer(line.trim().split(/\s+/)[0] ?? '', issuer));
  const words = index === -1 ? [issuer] : (lines[index] ?? '').trim().split(/\s+/);
  const accounts = words.slice(1);
  const changed = change(accounts);
  if (equal(changed, accounts)) return undefined;
  const line = [words[0], ...changed].join(' ');
  if (index !== -1) lines[index] = line;
  else lines.splice(lines.at(-1) === '' ? -1 : lines.length, 0, line);
  return lines.join('\n');
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
