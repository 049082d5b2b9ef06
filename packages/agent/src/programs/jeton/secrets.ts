/** Reads secrets from files, descriptors, variables or standard input. Never from an option, which other users can see. */
import { isatty } from 'node:tty';
import { describeSystemError } from '../../files/system-error.ts';
import { Secret } from '../../secret.ts';
import { ProgramError } from '../../terminal/run.ts';
import { contentOf, readSecretFile } from './secret-file.ts';
import type { Settings } from './settings.ts';

/**
 * A secret that a command needs: from the file of an option, else from a variable. An empty one stands for a missing
 * one until the settings are complete.
 * @throws ProgramError if the file cannot be read
 */
export function neededSecret(
  settings: Settings,
  what: string,
  { option, file }: { option: string; file: string | undefined },
  ...variables: string[]
): Secret {
  if (file !== undefined) return readSecretFile(file);
  const value = settings.need(settings.variable(...variables), what, `--${option}=FILE`, ...variables);
  return new Secret(value ?? '');
}

/**
 * The token that a command is about: from FILE, else from a variable, else from standard input unless that is a terminal.
 * White space around it does not count (WLCG Bearer Token Discovery).
 *
 * @param file a path, `-` for standard input
 * @returns a function that reads it: standard input may have to wait until all settings are known to be there
 * @throws (the returned function) ProgramError if the token cannot be read
 */
export function tokenSource(
  settings: Settings,
  what: string,
  file: string | undefined,
  ...variables: string[]
): () => Secret {
  const value = file === undefined ? settings.variable(...variables) : undefined;
  if (value !== undefined) return () => new Secret(value.trim());
  // Not process.stdin.isTTY: reading process.stdin opens it, and then the program can no longer wait for a pipe.
  if (file === undefined && isatty(0)) {
    settings.need(undefined, what, 'FILE', ...variables, 'standard input');
  }
  const place = file === undefined || file === '-' ? 0 : file;
  return () => {
    try {
      const token = contentOf(place).trim();
      if (token !== '') return new Secret(token);
    } catch (error) {
      throw new ProgramError(`could not read ${what} from ${file ?? '-'}: ${describeSystemError(error)}`);
    }
    const source = place === 0 ? 'standard input' : `'${place}'`;
    throw new ProgramError(`there is no token in ${source}`, [
      [`pass ${what} in a file`, ...variables, 'or on standard input'].join(', '),
    ]);
  };
}
