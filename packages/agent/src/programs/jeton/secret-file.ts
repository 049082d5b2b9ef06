import { readFileSync } from 'node:fs';
import { MAX_FILE_BYTES } from '../../files/reading/limits.ts';
import { readRegular } from '../../files/reading/read-regular.ts';
import { describeSystemError } from '../../files/system-error.ts';
import { Secret } from '../../secret.ts';
import { ProgramError } from '../../terminal/run.ts';

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
 * Reads a file, or an open descriptor. The user chose the target of a descriptor; a path may lead to anything.
 * @throws the system error
 */
export function contentOf(place: string | number): string {
  if (typeof place === 'number') return readFileSync(place, 'utf8');
  return readRegular(place, { most: MAX_FILE_BYTES.secret, mayBePipe: true }).bytes.toString('utf8');
}
