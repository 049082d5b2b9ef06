/** The rules of docs/architecture.md about imports: they go one way, and in no circle. Imports of types count. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, normalize } from 'node:path';
import { expect, test } from 'vitest';

/** The sources of a package, with the sources that each imports, dynamically too. Paths start below `src`. */
function importsOf(name: string): ReadonlyMap<string, readonly string[]> {
  const source = join(import.meta.dirname, '../..', name, 'src');
  const files = readdirSync(source, { recursive: true, encoding: 'utf8' }).filter(
    (file) => file.endsWith('.ts') && !file.endsWith('.test.ts'),
  );
  return new Map(
    files.map((file) => {
      const text = readFileSync(join(source, file), 'utf8');
      const specifiers = [...text.matchAll(/(?:from|import\()\s*'(\.[^']+)'/g)];
      const imported = specifiers.map(([, specifier = '']) => normalize(join(file, '..', specifier)));
      return [file, imported.filter((path) => files.includes(path))];
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

test.each(['agent', 'client', 'iam', 'protocol'])('no file of %s imports itself, by whatever way', (name) => {
  expect(circlesOf(importsOf(name))).toEqual([]);
});

/** The rooms of the agent, from top to bottom; those in one line do not import one another. Files of `src` itself are in `.`. */
const levels: readonly (readonly string[])[] = [
  ['manual'],
  ['programs'],
  ['daemon/process'],
  ['daemon/requests'],
  ['daemon/accounts'],
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
  const level = (file: string) => levels.findIndex((rooms) => rooms.includes(roomOf(file)));
  const imports = [...importsOf('agent')].flatMap(([file, imported]) =>
    imported.map((path) => [file, path] as const),
  );
  const unknown = imports.flat().filter((file) => level(file) === -1);
  const upwards = imports.filter(
    ([file, path]) =>
      level(path) < level(file) || (level(path) === level(file) && roomOf(path) !== roomOf(file)),
  );
  expect({ unknown, upwards }).toEqual({ unknown: [], upwards: [] });
});
