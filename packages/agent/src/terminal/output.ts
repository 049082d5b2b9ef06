import { isatty } from 'node:tty';
import { harmless, harmlessJson } from '../harmless.ts';
import { writeAll } from '../stdio.ts';
import { type Colour, style } from './style.ts';

/**
 * Prints a result to stdout. Another program gets the text unchanged; a terminal gets it without characters that it would obey.
 * @throws as `writeAll`
 */
export function print(text: string): void {
  writeAll(1, `${isatty(1) ? harmless(text) : text}\n`);
}

/**
 * Prints JSON to stdout. Characters that a terminal would obey are escaped, also for another program.
 * @throws as `writeAll`
 */
export function printJson(json: string): void {
  writeAll(1, `${harmlessJson(json)}\n`);
}

/**
 * Prints a message for the user to stderr. Text from outside cannot control the terminal.
 * @throws as `writeAll`
 */
export function inform(text: string, colour?: Colour): void {
  const shown = harmless(text.trimEnd());
  writeAll(2, `${colour === undefined ? shown : style(colour, shown)}\n`);
}

/**
 * To stderr: something that the user must not overlook.
 * @throws as `writeAll`
 */
export function warn(text: string): void {
  inform(text, 'yellow');
}

/**
 * Prints an error to stderr: what failed, then the hints.
 * @throws as `writeAll`
 */
export function printError(message: string, hints: readonly string[] = []): void {
  inform(`Error: ${message}`, 'red');
  for (const hint of hints) inform(`hint: ${hint}`);
}
