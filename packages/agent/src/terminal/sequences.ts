/** What a terminal does beyond showing text, where it can: terminals that do not know such a sequence ignore it. */
import { harmless } from '../harmless.ts';
import { coloured } from './style.ts';

/** The console of Linux shows the sequences that it does not know. NO_COLOR and dumb terminals get none: see `coloured`. */
function takesSequences(screen: { isTTY?: boolean }, env: NodeJS.ProcessEnv): boolean {
  return coloured(screen, env) && env.TERM !== 'linux';
}

/** The address, as a link to itself (OSC 8). A terminal keeps it whole where a line ends. */
export function hyperlink(address: string, screen: { isTTY?: boolean }, env = process.env): string {
  if (!takesSequences(screen, env) || !URL.canParse(address)) return harmless(address);
  return `\u001b]8;;${new URL(address).href}\u001b\\${harmless(address)}\u001b]8;;\u001b\\`;
}

/**
 * The sequence that puts a text into the clipboard of the computer with the terminal, also over ssh (OSC 52); undefined where a terminal
 * takes none. tmux passes it on with `set-clipboard on`. There is no answer: whether the text arrived, only the user sees.
 */
export function copySequence(
  text: string,
  screen: { isTTY?: boolean },
  env = process.env,
): string | undefined {
  if (!takesSequences(screen, env)) return undefined;
  return `\u001b]52;c;${Buffer.from(text).toString('base64')}\u0007`;
}
