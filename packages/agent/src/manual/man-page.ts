/** Writes a manual page in mdoc(7), which groff and mandoc read. */

import { sections } from '../command-line/help.ts';
import type { OptionSpec, ProgramSpec } from '../command-line/option-table.ts';
import { VERSION } from '../version.ts';
import { exitCodes, files, type Manual, variables } from './manual.ts';

/** When the pages were last changed in earnest: they must come out the same whenever they are built. */
const DATE = 'November 30, 2026';

/** The text of `NAME.1`. */
export function manPage(manual: Manual): string {
  const { program, description, environment, commands = [] } = manual;
  const lines = [
    `.Dd ${DATE}`,
    `.Dt ${program.name.toUpperCase()} 1`,
    `.Os "${manual.system ?? `oidc-agent ${VERSION}`}"`,
    '.Sh NAME',
    `.Nm ${program.name}`,
    `.Nd ${macroText(program.doc.charAt(0).toLowerCase() + program.doc.slice(1))}`,
    '.Sh SYNOPSIS',
    '.Nm',
    ...synopsis(program),
    '.Sh DESCRIPTION',
    ...description.flatMap((paragraph, index) => [...(index > 0 ? ['.Pp'] : []), ...sentences(paragraph)]),
    ...optionGroups(program),
    ...(commands.length > 0 ? ['.Sh COMMANDS'] : []),
    ...commands.flatMap(({ program }) => command(program)),
    ...tagged(
      'ENVIRONMENT',
      environment.map((name) => [`Ev ${macroText(name)}`, variables[name]]),
    ),
    ...tagged(
      'FILES',
      manual.files.map((path) => [`Pa ${macroText(path)}`, files[path]]),
    ),
    ...tagged(
      'EXIT STATUS',
      Object.entries(exitCodes).filter(
        ([code]) => manual.exitCodes?.some((own) => own === Number(code)) ?? true,
      ),
    ),
    '.Sh EXAMPLES',
    ...manual.examples.flatMap(([line, explanation], index) => [
      ...(index > 0 ? ['.Pp'] : []),
      ...sentences(explanation),
      '.Pp',
      `.Dl ${macroText(line)}`,
    ]),
    '.Sh SEE ALSO',
    manual.seeAlso
      .toSorted()
      .map((name) => `.Xr ${name} 1`)
      .join(' ,\n'),
  ];
  return `${lines.join('\n')}\n`;
}

function synopsis({ argsDoc }: ProgramSpec): string[] {
  const alternatives = argsDoc.split(' | ').filter((words) => words !== '');
  return [
    '.Op Ar OPTION ...',
    ...alternatives.flatMap((words, index) => [...(index > 0 ? ['|'] : []), argument(words)]),
  ];
}

function argument(words: string): string {
  const [, optional] = /^\[(.*)\]$/.exec(words) ?? [];
  if (optional !== undefined) return `.Op Ar ${macroText(optional)}`;
  return words.startsWith('-') ? `.Fl ${macroText(words.slice(1))}` : `.Ar ${macroText(words)}`;
}

/** The options by their headings. */
function optionGroups(program: ProgramSpec): string[] {
  return sections(program).flatMap(([heading, entries]) => [
    `.Ss ${macroText(heading.replace(/:$/, ''))}`,
    ...list(entries.map(optionItem)),
  ]);
}

function command(program: ProgramSpec): string[] {
  const own = sections(program).filter(([heading]) => Object.hasOwn(program.options, heading));
  return [
    `.Ss ${macroText(program.name)}`,
    ...sentences(`${program.doc}.`),
    ...list(own.flatMap(([, entries]) => entries.map(optionItem))),
  ];
}

function optionItem([name, spec]: readonly [string, OptionSpec]): Item {
  const forms = [name, ...(spec.aliases ?? [])].map(
    (long) => `Fl -${macroText(long)}${value(spec, 'Ns = Ns ')}`,
  );
  const short =
    spec.short === undefined ? [] : [`Fl ${spec.short}${value(spec, spec.optional ? 'Ns ' : '')}`];
  return [[...short, ...forms].join(' , '), `${spec.doc}.`];
}

function value({ arg, optional }: OptionSpec, before: string): string {
  if (arg === undefined) return '';
  const words = `${before.replace(/^Ns /, '')}Ar ${macroText(arg)}`;
  if (optional) return ` Ns Oo ${words} Oc`;
  return before === '' ? ` ${words}` : ` Ns ${words}`;
}

/** An item: its name, as the arguments of `.It`, and its description. */
type Item = readonly [tag: string, text: string];

function tagged(heading: string, items: readonly Item[]): string[] {
  return items.length === 0 ? [] : [`.Sh ${heading}`, ...list(items)];
}

function list(items: readonly Item[]): string[] {
  if (items.length === 0) return [];
  return ['.Bl -tag -width Ds', ...items.flatMap(([tag, text]) => [`.It ${tag}`, ...sentences(text)]), '.El'];
}

/** Puts each sentence on a line, as mdoc wants it. */
function sentences(text: string): string[] {
  return text
    .split(/(?<=[.:]) (?=[A-Z])/)
    .map((sentence) => escapeText(sentence).replace(/^(?=[.'])/, '\\&'));
}

/** Text as arguments of a macro: words that would be macros themselves, or punctuation, are not. */
function macroText(text: string): string {
  return text
    .split(' ')
    .map((word) => (/^([A-Z][a-z]|[A-Z][a-z]?[a-z]?|[|.,:;()[\]?!])$/.test(word) ? `\\&${word}` : word))
    .map(escapeText)
    .map((word) => word.replaceAll('"', '\\(dq'))
    .join(' ');
}

/** Characters that roff would take for something else, or show as something that cannot be pasted into a shell. */
function escapeText(text: string): string {
  const shown: Record<string, string> = {
    '\\': '\\e',
    '-': '\\-',
    "'": '\\(aq',
    '`': '\\(ga',
    '^': '\\(ha',
    '~': '\\(ti',
  };
  return text.replace(/\\(?!&)|[-'`^~]/g, (character) => shown[character] ?? character);
}
