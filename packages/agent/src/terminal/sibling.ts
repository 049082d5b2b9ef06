import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** A program, and arguments that come before those of the caller. */
export type Command = readonly [program: string, ...args: string[]];

/**
 * The command that starts another program of the suite: the one installed with the running program, else the one in
 * PATH.
 *
 * @param name such as `oidc-add`
 */
export function siblingCommand(name: string): Command {
  // In the folder of the bundle that includes this code.
  const sibling = join(import.meta.dirname, `${name}.cjs`);
  return existsSync(sibling) ? [process.execPath, sibling] : [name];
}
