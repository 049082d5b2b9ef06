/** `--help` and `--usage` in the layout of GNU argp, which the suite's bash completion parses. */
import { type Entry, HELP_OPTIONS, type OptionSpec, type ProgramSpec } from './option-table.ts';

const WIDTH = 79;
const USAGE_WIDTH = 78;
const LONG_COLUMN = 6;
const DOC_COLUMN = 29;
const USAGE_COLUMN = 12;

/** The text of `--help`. */
export function helpText(program: ProgramSpec): string {
  const lines = [usageLine(program), ...wrap(`${program.name} -- ${program.doc}`, '', 0), ''];
  for (const [heading, entries] of sections(program))
    lines.push(` ${heading}`, ...entries.flatMap(entryLines), '');
  if (sections(program).some(([, entries]) => entries.some(([, { short, arg }]) => short && arg))) {
    const note =
      'Mandatory or optional arguments to long options are also mandatory or optional for any corresponding short options.';
    lines.push(...wrap(note, '', 0));
  }
  return `${lines.join('\n').trimEnd()}\n`;
}

/** The text of `--usage`: flags in one cluster, then short options with an argument, then every long name. */
export function usageText(program: ProgramSpec): string {
  const entries = sections(program).flatMap(([, section]) => section);
  const shorts = entries.filter(([, { short }]) => short !== undefined);
  const flags = shorts.filter(([, { arg }]) => arg === undefined).map(([, { short }]) => short);
  const items = [
    ...(flags.length > 0 ? [`[-${flags.join('')}]`] : []),
    ...shorts
      .filter(([, { arg }]) => arg !== undefined)
      .map(([, spec]) => `[-${spec.short}${argument(spec, ' ')}]`),
    ...entries.flatMap(([name, spec]) => longForms(name, spec).map((form) => `[${form}]`)),
  ];
  const lines = [`Usage: ${program.name}`];
  // A line never breaks inside a usage item, but may break between the words after the options.
  for (const item of [...items, ...program.argsDoc.split(' ')]) {
    const line = `${lines.at(-1)} ${item}`;
    if (line.length <= USAGE_WIDTH) lines[lines.length - 1] = line;
    else lines.push(' '.repeat(USAGE_COLUMN) + item);
  }
  return `${lines.join('\n').trimEnd()}\n`;
}

/** The first line of `--help`, and of a complaint about too few or too many arguments. */
export function usageLine(program: ProgramSpec): string {
  return `Usage: ${program.name} [OPTION...] ${program.argsDoc}`.trimEnd();
}

/** The visible options under their headings, each section in argp's order. */
export function sections(program: ProgramSpec): (readonly [heading: string, entries: readonly Entry[]])[] {
  return Object.entries({ ...program.options, 'Help:': HELP_OPTIONS })
    .map(
      ([heading, options]) => [heading, Object.entries(options).filter(isTold).sort(byFirstLetter)] as const,
    )
    .filter(([, entries]) => entries.length > 0);
}

const isTold = ([, { hidden, unavailable }]: Entry) => !hidden && unavailable === undefined;

/** By the one-letter form, else by the first letter of the name; two options without a letter by their names. */
function byFirstLetter([name1, spec1]: Entry, [name2, spec2]: Entry): number {
  if (spec1.short === undefined && spec2.short === undefined) return name1 < name2 ? -1 : 1;
  const letter1 = spec1.short ?? name1.charAt(0);
  const letter2 = spec2.short ?? name2.charAt(0);
  const difference = letter1.toLowerCase().charCodeAt(0) - letter2.toLowerCase().charCodeAt(0);
  // Of one letter in both cases, the small one comes first.
  return difference || letter2.charCodeAt(0) - letter1.charCodeAt(0);
}

function entryLines([name, spec]: Entry): string[] {
  const short = (spec.short === undefined ? '' : `  -${spec.short}, `).padEnd(LONG_COLUMN);
  const longs = longForms(name, spec).join(', ');
  const width = LONG_COLUMN + longs.length;
  // Names that reach a little into the column of descriptions get three spaces after them; longer names get a line.
  if (width <= DOC_COLUMN + 3) {
    const gap = width < DOC_COLUMN ? DOC_COLUMN - width : 3;
    return wrap(spec.doc, short + longs + ' '.repeat(gap), DOC_COLUMN);
  }
  return [...wrap(longs, short, LONG_COLUMN), ...wrap(spec.doc, ' '.repeat(DOC_COLUMN), DOC_COLUMN)];
}

function longForms(name: string, spec: OptionSpec): string[] {
  return [name, ...(spec.aliases ?? [])].map((long) => `--${long}${argument(spec, '=')}`);
}

/** ` NAME`, `=NAME` or, when it may be left out, `[=NAME]` (attached to a letter: `[NAME]`). */
function argument({ arg, optional }: OptionSpec, separator: ' ' | '='): string {
  if (arg === undefined) return '';
  return optional ? `[${separator.trim()}${arg}]` : `${separator}${arg}`;
}

/** Breaks a text at spaces; the first line starts with `head`, the others with `indent` spaces. */
function wrap(text: string, head: string, indent: number): string[] {
  const lines: string[] = [];
  let line = head;
  let empty = true;
  for (const word of text.split(' ')) {
    if (empty || line.length + 1 + word.length <= WIDTH) {
      line += empty ? word : ` ${word}`;
    } else {
      lines.push(line);
      line = ' '.repeat(indent) + word;
    }
    empty = false;
  }
  return [...lines, line];
}
