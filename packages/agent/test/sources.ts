import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * The sources of a folder, without its tests.
 * @param folder below `packages`
 * @returns the text of each file, by its path below the folder
 */
export function sourcesOf(folder: string): ReadonlyMap<string, string> {
  const root = join(import.meta.dirname, '../..', folder);
  const files = readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
    .sort();
  return new Map(files.map((file) => [file, readFileSync(join(root, file), 'utf8')]));
}

/** The files of a folder with a text that the pattern matches, in alphabetical order. */
export function filesWith(pattern: RegExp, folder = 'agent/src'): string[] {
  return [...sourcesOf(folder)].filter(([, text]) => pattern.test(text)).map(([file]) => file);
}
