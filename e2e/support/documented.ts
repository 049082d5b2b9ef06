/** The commands that a page of the documentation tells its reader to type, and what it says that they print. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';

export const root = resolve(import.meta.dirname, '../..');

export interface DocumentedCommand {
  /** As it stands there, without the prompt and the remark behind it. */
  readonly command: string;
  /** The lines below it, where the page shows a prompt. */
  readonly output: readonly string[];
  /** It stands in a sentence or a table, not in a block. */
  readonly inText: boolean;
}

export interface DocumentedPage {
  readonly commands: readonly DocumentedCommand[];
  /** What programs print, in blocks of their own. */
  readonly samples: readonly string[];
}

const programs = 'oidc-[a-z-]+|jeton|jeton-iam|npm|npx|man|python3|eval|export|TOKEN=\\$\\(oidc-token';
/** A program with an argument; a name alone is spoken about. */
const wholeCommand = new RegExp(`^(?:${programs}) +\\S`);
/** How a block begins that shows what programs print: an error, JSON, a table. */
const printed = /^(?:Error:|\{|\w+: )/;

/**
 * Reads the code blocks of a page, and the code in its text that is a whole command. A block is taken for commands unless it
 * names another language or begins as what programs print: what is not recognised has to be dealt with, not passed over.
 */
export function readPage(path: string): DocumentedPage {
  const text = readFileSync(resolve(root, path), 'utf8').replace(/^```\w+\n.*?^```$/gms, '');
  const commands = new Map<string, DocumentedCommand>();
  const samples: string[] = [];
  const add = (command: string, output: readonly string[] = [], inText = false) => {
    const known = commands.get(command);
    if (known === undefined || output.length > 0) commands.set(command, { command, output, inText });
  };
  for (const block of text.match(indented) ?? []) {
    const lines = unindent(block);
    if (lines.some((line) => line.startsWith('$ '))) {
      for (const [command = '', ...output] of promptsOf(lines)) add(withoutRemark(command), output);
    } else if (printed.test(lines[0] ?? '')) {
      samples.push(lines.join('\n'));
    } else {
      for (const line of lines) if (line !== '') add(withoutRemark(line));
    }
  }
  for (const [, code = ''] of text.replace(indented, '').matchAll(/`([^`\n]+)`/g)) {
    if (wholeCommand.test(code)) add(code, [], true);
  }
  return { commands: [...commands.values()], samples };
}

/** A paragraph that is indented, after an empty line. Further indented in lists. */
const indented = /(?<=\n\n)(?: {4,}\S.*\n+)+/g;

function unindent(block: string): string[] {
  const lines = block.trimEnd().split('\n');
  const width = /^ */.exec(lines[0] ?? '')?.[0].length ?? 0;
  return lines
    .map((line) => line.slice(width))
    .join('\n')
    .replace(/ *\\\n */g, ' ')
    .split('\n');
}

/** Each command, without its prompt, and the lines below it. */
function promptsOf(lines: readonly string[]): string[][] {
  return `\n${lines.join('\n')}`
    .split('\n$ ')
    .slice(1)
    .map((part) => part.split('\n'));
}

function withoutRemark(line: string): string {
  return line.replace(/ +# .*$/, '').trimEnd();
}

/** Two outputs are alike if they are the same after this: addresses, ids, times and lists of names may differ. */
export function masked(text: string): string {
  return text
    .replace(/https?:\/\/[^\s"']+/g, 'URL')
    .replace(/\/[\w/.-]*\/oidc-agent\//g, 'AGENT-DIRECTORY/')
    .replace(/\d{4}-\d\d-\d\dT[\d:]+Z \([^)]*\)/g, 'TIME')
    .replace(/^(subject|client|scopes|groups|audience|profile)(: +).*$/gm, '$1$2...')
    .replace(/client [\w.-]+/g, 'client ID')
    .trimEnd();
}
