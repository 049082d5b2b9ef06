import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** A program and the arguments that come before its own. */
export type Command = readonly [program: string, ...args: string[]];

/**
 * How to start another program of the suite: the one that was installed with the program that runs, else the one that
 * PATH finds.
 *
 * @param name such as `oidc-add`
 */
export function siblingCommand(name: string): Command {
  // Beside the bundle that this is part of.
  const sibling = join(import.meta.dirname, `${name}.cjs`);
  return existsSync(sibling) ? [process.execPath, sibling] : [name];
}
