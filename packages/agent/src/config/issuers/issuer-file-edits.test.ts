/** Changes of issuer.config keep all that they are not about: entries, members, comments, and lines. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { sameIssuer } from '../../oauth/issuer/issuer-url.ts';
import { parseCommentedJson } from '../json.ts';
import { changeAccounts, renameInFile } from './issuer-file-edits.ts';

const ISSUER = 'https://a.example/';
const url = fc.constantFrom(ISSUER, 'https://a.example', 'https://b.example/', 'https://c.example/x#y');
const word = fc.constantFrom('a', 'b', '#c', '//d', '/*e*/', 'x#y', '"', '\\', ',', 'ü', '[', '}');

interface Entry {
  readonly issuer: string;
  readonly accounts?: readonly string[];
  readonly default_account?: string;
}

const entry: fc.Arbitrary<Entry> = fc.record(
  {
    issuer: url,
    accounts: fc.uniqueArray(word, { maxLength: 4 }),
    default_account: word,
    contact: fc.constantFrom('#a', '//b', 'c\n#d'),
    pubclient: fc.record({ client_id: word, redirect_uris: fc.array(url, { maxLength: 2 }) }),
  },
  { requiredKeys: ['issuer'] },
);

/** What may stand between two parts of a file. A comment has a line of its own. */
function gapOf(eol: string): fc.Arbitrary<string> {
  const comment = fc
    .tuple(
      fc.constantFrom('', ' ', '\t'),
      fc.constantFrom('#', '##', '# a', '#//', '#,', '#"', '# [', '#]', '#{"x": 1}', '# */', '# /*'),
    )
    .map(([indent, text]) => `${eol}${indent}${text}${eol}`);
  const blank = fc.constantFrom('', ' ', '\t', '  ', eol, `${eol}\t`);
  return fc
    .array(fc.oneof({ weight: 4, arbitrary: blank }, { weight: 1, arbitrary: comment }), { maxLength: 3 })
    .map((parts) => parts.join(''));
}

/** JSON with a gap between all of its parts. */
function written(value: unknown, gap: () => string): string {
  const list = (open: string, parts: readonly string[], close: string) =>
    `${gap()}${open}${parts.length === 0 ? gap() : parts.join(',')}${close}${gap()}`;
  if (Array.isArray(value))
    return list(
      '[',
      value.map((one) => written(one, gap)),
      ']',
    );
  if (typeof value !== 'object' || value === null) return `${gap()}${JSON.stringify(value)}${gap()}`;
  const members = Object.entries(value).map(
    ([name, member]) => `${written(name, gap)}:${written(member, gap)}`,
  );
  return list('{', members, '}');
}

const jsonFile = fc
  .tuple(fc.oneof(entry, fc.array(entry, { maxLength: 3 })), fc.constantFrom('\n', '\r\n'))
  .chain(([value, eol]) =>
    fc.record({
      entries: fc.constant([value].flat()),
      text: fc
        .tuple(
          fc.constantFrom('', '\uFEFF'),
          fc.infiniteStream(gapOf(eol)),
          fc.constantFrom('', `${eol}# last`),
        )
        .map(([mark, gaps, last]) => mark + written(value, () => gaps.next().value ?? '') + last),
    }),
  );

const entriesIn = (text: string) => [parseCommentedJson(text).value].flat();

function commentsIn(text: string): string[] {
  const lines = text.replace(/^\uFEFF/, '').split(/\r?\n/);
  return lines.flatMap((line) => /^[ \t]*(#.*)/.exec(line)?.[1] ?? []).toSorted();
}

/** The entries with other accounts for the issuer, which may be a new one. */
function changed(entries: readonly Entry[], change: (accounts: string[]) => string[]): Entry[] {
  const index = entries.findIndex(({ issuer }) => sameIssuer(issuer, ISSUER));
  const { accounts = [], ...found } = entries[index] ?? { issuer: ISSUER };
  const result = { ...found, accounts: change([...accounts]) };
  if (result.accounts.join() === accounts.join()) return [...entries];
  return index === -1 ? [...entries, result] : entries.with(index, result);
}

const adding = (name: string) => (accounts: string[]) =>
  accounts.includes(name) ? accounts : [...accounts, name];
const removing = (name: string) => (accounts: string[]) => accounts.filter((account) => account !== name);

test.each([
  ['an account that comes', adding],
  ['an account that goes', removing],
])('%s changes the accounts of its issuer in a JSON file, and leaves all comments', (_, change) => {
  fc.assert(
    fc.property(jsonFile, word, ({ entries, text }, name) => {
      const after = changeAccounts(text, ISSUER, change(name)) ?? text;
      expect(entriesIn(after)).toEqual(changed(entries, change(name)));
      expect(commentsIn(after)).toEqual(commentsIn(text));
    }),
    { numRuns: 500 },
  );
});

test('an account with a new name has it wherever it stands in a JSON file, and all comments stay', () => {
  fc.assert(
    fc.property(jsonFile, word, ({ entries, text }, name) => {
      const after = renameInFile(text, name, 'new') ?? text;
      const renamed = (account: string) => (account === name ? 'new' : account);
      expect(entriesIn(after)).toEqual(
        entries.map(({ accounts, default_account, ...rest }) => ({
          ...rest,
          ...(accounts && { accounts: accounts.map(renamed) }),
          ...(default_account && { default_account: renamed(default_account) }),
        })),
      );
      expect(commentsIn(after)).toEqual(commentsIn(text));
    }),
    { numRuns: 500 },
  );
});

test.each([
  [
    '[{"issuer": "https://a.example", "accounts": ["a", "b"]}]',
    '[{"issuer": "https://a.example", "accounts": ["b"]}]',
  ],
  [
    '[{"issuer": "https://a.example", "accounts": ["b", "a"]}]',
    '[{"issuer": "https://a.example", "accounts": ["b"]}]',
  ],
  ['{"issuer": "https://a.example", "accounts": ["a"]}', '{"issuer": "https://a.example", "accounts": []}'],
  [
    '{"issuer": "https://a.example", "accounts": [\n\t"a",\n\t"b"\n]}',
    '{"issuer": "https://a.example", "accounts": [\n\t"b"\n]}',
  ],
  [
    '{"issuer": "https://a.example", "accounts": [\n# A\n\t"a"\n]}',
    '{"issuer": "https://a.example", "accounts": [\n# A\n]}',
  ],
])('the place of an account that goes is not seen: %j', (before, after) => {
  expect(changeAccounts(before, ISSUER, removing('a'))).toBe(after);
});

test('a file of comments alone gets JSON, as a new file does', () => {
  const entries = changeAccounts('# mine', ISSUER, adding('a')) ?? '';
  expect(entries).toMatch(/^# mine\n\[/);
  expect(entriesIn(entries)).toEqual([{ issuer: ISSUER, accounts: ['a'] }]);
});

const textLine = fc.oneof(
  fc.constantFrom('', ' ', '# https://a.example/ a', '\t#', '#https://a.example/ a'),
  fc
    .tuple(
      fc.constantFrom('', ' ', '\t'),
      url,
      fc.array(fc.constantFrom(' a', '\tb', '  x#y', ' c '), { maxLength: 3 }),
      fc.constantFrom('', ' ', '\t'),
    )
    .map(([indent, issuer, accounts, end]) => [indent, issuer, ...accounts, end].join('')),
);

test.each([
  ['comes', adding],
  ['goes', removing],
])('an account that %s changes one line of a text file', (_, change) => {
  fc.assert(
    fc.property(
      fc.array(textLine, { minLength: 1, maxLength: 5 }),
      fc.constantFrom('\n', '\r\n'),
      fc.boolean(),
      fc.constantFrom('a', 'b', 'new'),
      (given, eol, isEnded, name) => {
        const lines = ['https://z.example/ z', ...given, ...(isEnded ? [''] : [])];
        const text = lines.join(eol);
        const wordsOf = (line: string | undefined) => (line ?? '').trim().split(/\s+/);
        const index = lines.findIndex((line) => sameIssuer(wordsOf(line)[0] ?? '', ISSUER));
        const [issuer = ISSUER, ...accounts] = index === -1 ? [] : wordsOf(lines[index]);
        const after = (changeAccounts(text, ISSUER, change(name)) ?? text).split(eol);
        const place = index === -1 ? lines.length - (lines.at(-1) === '' ? 1 : 0) : index;
        const wanted = change(name)(accounts);
        if (index !== -1 || wanted.length > 0) expect(wordsOf(after[place])).toEqual([issuer, ...wanted]);
        const rest = index === -1 && wanted.length === 0 ? after : after.toSpliced(place, 1);
        const isNew = index === -1 && wanted.length > 0;
        expect(rest).toEqual(
          isNew ? [...lines.slice(0, place), ''] : index === -1 ? lines : lines.toSpliced(index, 1),
        );
      },
    ),
    { numRuns: 500 },
  );
});
