/**
 * The rules of docs/architecture.md that the sources show: imports go one way and never in a circle, and one place alone sends
 * requests, prints or starts a shell. Imports of types count.
 */
import { join, normalize } from 'node:path';
import { expect, test } from 'vitest';
import { filesWith, sourcesOf } from './sources.ts';

/** The sources of a folder below `packages`, with the sources that each imports, dynamically too. */
function importsOf(folder: string): ReadonlyMap<string, readonly string[]> {
  const sources = sourcesOf(folder);
  return new Map(
    [...sources].map(([file, text]) => {
      const specifiers = [...text.matchAll(/(?:from|import\(|import)\s*'(\.[^']+)'/g)];
      // AssemblyScript leaves the ending out.
      const imported = specifiers.map(([, specifier = '']) =>
        normalize(join(file, '..', specifier.replace(/(\.ts)?$/, '.ts'))),
      );
      return [file, imported.filter((path) => sources.has(path))];
    }),
  );
}

/** The files that cannot be reached from themselves are taken away until none is left to take: what stays is in circles. */
function circlesOf(imports: ReadonlyMap<string, readonly string[]>): string[] {
  const left = new Map(imports);
  for (let before = -1; before !== left.size; ) {
    before = left.size;
    for (const [file, imported] of left) {
      const isImported = [...left.values()].some((files) => files.includes(file));
      if (!isImported || !imported.some((path) => left.has(path))) left.delete(file);
    }
  }
  return [...left.keys()];
}

const FOLDERS = ['agent/src', 'client/src', 'iam/src', 'native/assembly', 'protocol/src'];

test.each(FOLDERS)('no file of %s imports itself, directly or through others', (folder) => {
  const imports = importsOf(folder);
  expect([...imports.values()].flat()).not.toEqual([]);
  expect(circlesOf(imports)).toEqual([]);
});

test.each([
  ['agent/src', ['client', 'protocol']],
  ['client/src', ['protocol']],
  ['iam/src', []],
  ['native/assembly', []],
  ['protocol/src', []],
])('the packages that %s imports are %j', (folder, expected) => {
  const specifiers = [...sourcesOf(folder).values()].flatMap((text) => [
    ...text.matchAll(
      /(?:from|import\(|import)\s*'(?:@jeton\/([a-z]+)[^']*|(?:\.\.\/)+(?:packages\/)?([a-z]+)\/(?:src|dist)\/[^']*|(jeton))'/g,
    ),
  ]);
  const packages = new Set(specifiers.map(([, ...names]) => names.find((name) => name !== undefined)));
  expect([...packages].sort()).toEqual(expected);
});

/** The rooms of the agent, from top to bottom; those in one line do not import one another. Files of `src` itself are in `.`. */
const LEVELS: readonly (readonly string[])[] = [
  ['manual'],
  ['programs'],
  ['daemon/process'],
  ['daemon/requests'],
  ['daemon/accounts'],
  ['daemon/agent-lock'],
  ['daemon/grant'],
  ['daemon/socket'],
  ['daemon'],
  ['login', 'client'],
  ['config', 'terminal'],
  ['oauth', 'accounts', 'command-line'],
  ['files'],
  ['concurrency', '.'],
];

function roomOf(file: string): string {
  const [top = '', next = '', ...rest] = file.split('/');
  if (next === '') return '.';
  return top === 'daemon' && rest.length > 0 ? `${top}/${next}` : top;
}

test('imports go down, from the programs to the files', () => {
  const level = (file: string) => LEVELS.findIndex((rooms) => rooms.includes(roomOf(file)));
  const imports = [...importsOf('agent/src')].flatMap(([file, imported]) =>
    imported.map((path) => [file, path] as const),
  );
  const unknown = imports.flat().filter((file) => level(file) === -1);
  const upwards = imports.filter(
    ([file, path]) =>
      level(path) < level(file) || (level(path) === level(file) && roomOf(path) !== roomOf(file)),
  );
  expect({ unknown, upwards }).toEqual({ unknown: [], upwards: [] });
});

test('only oauth/http sends HTTP requests', () => {
  expect(
    filesWith(/from 'undici'|(import|\{)[^;]*\b(request|get)\b[^;]*'node:https?'|globalThis\.fetch/),
  ).toEqual(['oauth/http/connection/connections.ts']);
});

test('only the programs, the terminal, --help and the log print', () => {
  const printing = filesWith(/\bconsole\.|(?<!const )\bprocess\.(stdout|stderr)\b|\bwriteAll\(/);
  expect(printing.filter((file) => !/^(programs|terminal)\//.test(file))).toEqual([
    'command-line/options.ts',
    'daemon/log.ts',
    // In the source of a child process.
    'files/reading/read-file.ts',
    'stdio.ts',
  ]);
});

test('no other file starts a shell', () => {
  const starting = filesWith(/'-c',|\bshell: true|import [^;]*\bexec(Sync)?\b[^;]*'node:child_process'/);
  expect(starting).toEqual([
    // --pw-cmd.
    'accounts/passwords/passwords.ts',
    // The options of the service, which the C suite keeps in files for a shell.
    'programs/oidc-agent-service/options-files.ts',
  ]);
});

test('only what starts and composes jeton-iam sees all of it; everything else names the parts that it uses', () => {
  expect(filesWith(/: Iam\b/, 'iam/src')).toEqual(['app.ts', 'server.ts']);
});

test('only the libraries pass on what another file exports: their index is their interface', () => {
  const passing = FOLDERS.map((folder) => [folder, filesWith(/^export [^;(=]*\bfrom '/m, folder)]);
  expect(passing.filter(([, files]) => files?.length)).toEqual([
    ['client/src', ['index.ts']],
    ['iam/src', ['index.ts']],
    ['protocol/src', ['index.ts']],
  ]);
});
