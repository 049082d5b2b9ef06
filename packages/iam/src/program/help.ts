/** `--help` and `--usage`, from the table of options. */
import { type Option, type OptionGroups, program } from './option-table.ts';

const WIDTH = 79;
const DOC_COLUMN = 35;

/** The options that every program of jeton has. */
const HELP_OPTIONS: Readonly<Record<string, Option & { readonly short: string }>> = {
  help: { short: '?', doc: 'Print this help; also -h' },
  usage: { short: '', doc: 'Print a short usage message' },
  version: { short: 'V', doc: 'Print the version' },
};

/** Every option in brackets, without its meaning. */
export function usageText(): string {
  const words = Object.values<OptionGroups[string]>(program.options)
    .flatMap((group) => Object.entries(group))
    .map(([name, option]) => `[${form(name, option)}]${option.repeatable ? '...' : ''}`);
  return `${wrapped(words, `Usage: ${program.name}`, 17)}\n`;
}

export function helpText(): string {
  const groups = Object.entries<OptionGroups[string]>({ ...program.options, 'Help:': HELP_OPTIONS });
  const sections = groups.map(([heading, options]) =>
    [` ${heading}`, ...Object.entries(options).map(entry)].join('\n'),
  );
  return `Usage: ${program.name} [OPTION...]
${program.doc}.
Not for production: the passwords of its users test and admin are public, and
without --data it forgets everything when it stops. More: docs/iam.md

${sections.join('\n\n')}
`;
}

function entry([name, option]: [string, Option & { readonly short?: string }]): string {
  const short = option.short ? `  -${option.short}, ` : '      ';
  const head = `${short}${form(name, option)}`.padEnd(DOC_COLUMN - 1);
  return wrapped(option.doc.split(' '), head, DOC_COLUMN);
}

function form(name: string, { arg }: Option): string {
  return arg === undefined ? `--${name}` : `--${name} ${arg}`;
}

/** Breaks words into lines: the first begins with `head`, the others with so many spaces. */
function wrapped(words: readonly string[], head: string, indent: number): string {
  const lines = [head];
  for (const word of words) {
    const line = `${lines.at(-1)} ${word}`;
    if (line.length <= WIDTH) lines[lines.length - 1] = line;
    else lines.push(' '.repeat(indent) + word);
  }
  return lines.join('\n');
}
