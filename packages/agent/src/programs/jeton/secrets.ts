/** Where secrets come from: files, descriptors, variables, standard input. Never an option: other users see those. */
import { readFileSync } from 'node:fs';
import { isatty } from 'node:tty';
import { describeSystemError } from '../../files/errors.ts';
import { mostBytes } from '../../files/limits.ts';
import { readRegular } from '../../files/read-regular.ts';
import { Secret } from '../../secret.ts';
import { ProgramError } from '../../terminal/run.ts';
import type { Settings } from './settings.ts';

/**
 * The first line of a file, or of an open descriptor.
 * @param file a path, or the number of a descriptor
 * @throws ProgramError when it cannot be read or the line is empty
 */
export function readSecretFile(file: string | number): Secret {
  const name = typeof file === 'number' ? `descriptor ${file}` : `'${file}'`;
  let text: string;
  try {
    text = contentOf(file);
  } catch (error) {
    throw new ProgramError(`could not read ${name}: ${describeSystemError(error)}`);
  }
  const line = text.split(/\r?\n/, 1)[0] ?? '';
  if (line === '') throw new ProgramError(`the first line of ${name} is empty`);
  return new Secret(line);
}

/**
 * A secret that a command needs: from the file of an option, else from a variable.
 * An empty one stands for what is missing, until the settings are complete.
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
 */
export function tokenSource(
  settings: Settings,
  what: string,
  file: string | undefined,
  ...variables: string[]
): () => Secret {
  const value = file === undefined ? settings.variable(...variables) : undefined;
  if (value !== undefined) return () => new Secret(value.trim());
  // Not process.stdin.isTTY: to look at process.stdin is to open it, and a pipe can then no more be waited for.
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
      [`give ${what} by a file`, ...variables, 'or standard input'].join(', '),
    ]);
  };
}

/** The person has chosen what an open descriptor leads to; a path may lead to anything. */
function contentOf(place: string | number): string {
  if (typeof place === 'number') return readFileSync(place, 'utf8');
  return readRegular(place, { most: mostBytes.secret, mayBePipe: true }).bytes.toString('utf8');
}
