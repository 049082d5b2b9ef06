import { existsSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** A program and the arguments that come before its own. */
export type Command = readonly [program: string, ...args: string[]];

/**
 * How to start another program of the suite: the one that was installed with the program that runs, else the one that
 * PATH finds.
 *
 * @param name such as `oidc-add`
 */
export function siblingCommand(name: string): Command {
  const self = process.argv[1];
  const sibling = self === undefined ? undefined : join(dirname(realpathSync(self)), `${name}.js`);
  return sibling !== undefined && existsSync(sibling) ? [process.execPath, sibling] : [name];
}
