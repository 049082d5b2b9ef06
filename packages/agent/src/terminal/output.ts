import { isatty } from 'node:tty';
import { harmless, harmlessJson } from '../harmless.ts';
import { writeAll } from '../stdio.ts';
import { type Colour, style } from './style.ts';

/** Prints a result to stdout. Another program gets the text unchanged; a terminal gets it without characters that it would obey. */
export function print(text: string): void {
  writeAll(1, `${isatty(1) ? harmless(text) : text}\n`);
}

/** Prints JSON to stdout. Characters that a terminal would obey are escaped, also for another program. */
export function printJson(json: string): void {
  writeAll(1, `${harmlessJson(json)}\n`);
}

/** To stderr: what a person should know. Nothing that came from elsewhere may drive the terminal. */
export function tell(text: string, colour?: Colour): void {
  const shown = harmless(text.trimEnd());
  writeAll(2, `${colour === undefined ? shown : style(colour, shown)}\n`);
}

/** To stderr: something that a person must not overlook. */
export function warn(text: string): void {
  tell(text, 'yellow');
}

/** To stderr: what failed, then what can be done about it. */
export function tellError(message: string, hints: readonly string[] = []): void {
  tell(`Error: ${message}`, 'red');
  for (const hint of hints) tell(`hint: ${hint}`);
}
