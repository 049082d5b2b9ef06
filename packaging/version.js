// What is packed, and of when it is: the same for every kind of package.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder of the checkout. */
export const root = join(dirname(fileURLToPath(import.meta.url)), '..');

/** @type {{ version: string }} */
const { version } = JSON.parse(readFileSync(join(root, 'packages/agent/package.json'), 'utf8'));

/** The release, such as `0.1.0`. */
export const VERSION = version;

/** Where packages are made; git ignores it. */
export const outputFolder = join(root, 'packaging/dist');

/**
 * The time that all files in packages have, so that the same sources make the same packages: SOURCE_DATE_EPOCH, or the time of the commit.
 *
 * @returns seconds since 1970
 */
export function sourceDate() {
  const { SOURCE_DATE_EPOCH } = process.env;
  if (SOURCE_DATE_EPOCH) return Number(SOURCE_DATE_EPOCH);
  return Number(execFileSync('git', ['log', '-1', '--format=%ct'], { cwd: root, encoding: 'utf8' }));
}
