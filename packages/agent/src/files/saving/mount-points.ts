import { readFile } from 'node:fs/promises';

/**
 * Whether something is mounted at a path, as `docker -v FILE:FILE` mounts a file: it can then neither be removed nor replaced.
 * Known on Linux only (proc(5), `/proc/pid/mountinfo`); elsewhere false.
 *
 * @param path absolute, without symbolic links
 */
export async function isMountPoint(path: string): Promise<boolean> {
  const table = await readFile('/proc/self/mountinfo', 'utf8').catch(() => '');
  return table.split('\n').some((line) => unescaped(line.split(' ')[4] ?? '') === path);
}

/** Blanks and the like are written as `\040`. */
function unescaped(field: string): string {
  return field.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
}
