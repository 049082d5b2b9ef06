import { writeAll } from '../stdio.ts';
import { type Colour, style } from './style.ts';

/** To stdout: what the program was asked for. */
export function print(line: string): void {
  writeAll(1, `${line}\n`);
}

/** To stderr: what a person should know. Nothing that came from elsewhere may drive the terminal. */
export function tell(text: string, colour?: Colour): void {
  const shown = harmless(text);
  writeAll(2, `${colour === undefined ? shown : style(colour, shown)}\n`);
}

/** To stderr: something that a person must not overlook. */
export function warn(text: string): void {
  tell(text, 'yellow');
}

/** To stderr: what failed, then what can be done about it. */
export function tellError(message: string, hints: readonly string[] = []): void {
  writeAll(2, `${style('red', `Error: ${harmless(message)}`)}\n`);
  for (const hint of hints) writeAll(2, `hint: ${harmless(hint)}\n`);
}

/** A text without the characters that drive a terminal. */
export function harmless(text: string): string {
  return text.trimEnd().replace(/[^\P{Cc}\n\t]/gu, '?');
}
