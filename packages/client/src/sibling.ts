import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

/**
 * How to start another program of the suite: the one beside the program that runs, else the one that PATH finds.
 *
 * @param name such as `oidc-add`
 */
export function siblingProgram(name: string): string {
  const beside = join(dirname(process.argv[1] ?? ''), name);
  return existsSync(beside) ? beside : name;
}
