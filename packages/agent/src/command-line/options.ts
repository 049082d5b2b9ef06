/**
 * Reads the command line of every program of the suite by its table, as GNU argp does. The same table feeds `--help`
 * and `--usage`.
 */

import { harmless } from '../harmless.ts';
import { didYouMean } from '../nearest.ts';
import { writeAll } from '../stdio.ts';
import { VERSION } from '../version.ts';
import { helpText, usageLine, usageText } from './help.ts';
import {
  type Arguments,
  type Entry,
  HELP_OPTIONS,
  type OptionSpec,
  type ProgramSpec,
} from './option-table.ts';

/** A command line that the program cannot act on. The message is the whole text for stderr; the exit code is 64. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
  readonly exitCode = 64;

  /**
   * @param reason the problem, without the program's name; without it the error shows the usage line
   * @param hints sentences that say what the user may have meant
   */
  constructor(program: ProgramSpec, reason?: string, hints: readonly string[] = []) {
    const { name } = program;
    const first = reason === undefined ? usageLine(program) : `${name}: ${reason}`;
    const more = hints.map((hint) => `\nhint: ${hint}`).join('');
    super(`${first}\nTry \`${name} --help' or \`${name} --usage' for more information.${more}`);
  }
}

/**
 * Parses an argument list by GNU's rules: users may shorten long options to an unambiguous prefix, cluster one-letter
 * options with an argument attached, and mix options with other arguments; `--` ends the options. For a program that
 * runs a command, the first other argument ends the options.
 *
 * @returns the arguments, or the text for stdout if the command line asks for help, usage or the version
 * @throws UsageError in argp's words. It does not repeat a value attached to an unknown or ambiguous option: a misspelt
 * `--client-secret=...` must not end up in a log.
 */
export function parse<P extends ProgramSpec>(program: P, argv: readonly string[]): Arguments<P> | string;
export function parse(
  program: ProgramSpec,
  argv: readonly string[],
): { options: Readonly<Record<string, unknown>>; positionals: readonly string[] } | string {
  const entries: readonly Entry[] = [...Object.values(program.options), HELP_OPTIONS].flatMap(Object.entries);
  const longNames = entries.flatMap((entry) =>
    [entry[0], ...(entry[1].aliases ?? [])].map((name) => ({ name, entry })),
  );
  const options: Record<string, unknown> = {};
  const lists: Record<string, unknown[]> = {};
  for (const [name, { arg, repeatable }] of entries) {
    if (repeatable) options[name] = lists[name] = [];
    else options[name] = arg === undefined ? false : undefined;
  }
  const positionals: string[] = [];
  /** The last option whose optional argument was left out, as it is written with one. */
  let detached: string | undefined;
  const words = argv[Symbol.iterator]();

  const findLong = (given: string) => {
    const candidates = longNames.filter(({ name }) => name.startsWith(given));
    const exact = candidates.find(({ name }) => name === given) ?? candidates[0];
    if (exact === undefined) {
      throw new UsageError(program, `unrecognized option '--${given}'`, meantOption(given, longNames));
    }
    // Two names of one option do not compete with each other.
    const rivals = exact.name === given ? [] : candidates.filter(({ entry }) => entry !== exact.entry);
    if (rivals.length === 0) return exact;
    const possibilities = [exact, ...rivals].map(({ name }) => ` '--${name}'`).join('');
    throw new UsageError(program, `option '--${given}' is ambiguous; possibilities:${possibilities}`);
  };

  /** Users of other programs write long options with one dash. */
  const meantByDash = (name: string, letter: string) => {
    if (longNames.some((long) => long.name === name)) return [`did you mean '--${name}'?`];
    const long = name.length > 2 ? meantOption(name, longNames) : [];
    const letters = entries.flatMap(([, { short }]) => short ?? []);
    const otherCase = letters.find((one) => one.toLowerCase() === letter.toLowerCase());
    return long.length > 0 || otherCase === undefined ? long : [`did you mean '-${otherCase}'?`];
  };

  const store = ([name, spec]: Entry, shown: string, text: string | undefined) => {
    if (spec.unavailable !== undefined) {
      throw new UsageError(program, `option '${shown}' is not available: ${spec.unavailable}`);
    }
    if (spec.optional && text === undefined) {
      detached = `${shown}${shown.startsWith('--') ? '=' : ''}${spec.arg}`;
    }
    const value = text === undefined ? true : readValue(program, spec, shown, text);
    const list = lists[name];
    if (list === undefined) options[name] = value;
    else list.push(value);
  };

  const required = (complaint: string): string => {
    const next = words.next();
    if (next.done) throw new UsageError(program, complaint);
    return next.value;
  };

  const long = (word: string) => {
    const equals = word.indexOf('=');
    const attached = equals < 0 ? undefined : word.slice(equals + 1);
    const { name, entry } = findLong(word.slice(2, equals < 0 ? undefined : equals));
    const { arg, optional } = entry[1];
    if (arg === undefined && attached !== undefined) {
      throw new UsageError(program, `option '--${name}' doesn't allow an argument`);
    }
    const separate = arg !== undefined && !optional && attached === undefined;
    store(entry, `--${name}`, separate ? required(`option '--${name}' requires an argument`) : attached);
  };

  const cluster = (word: string) => {
    // By code point: an error message must not show half a character.
    const letters = [...word.slice(1)];
    for (const [index, letter] of letters.entries()) {
      // -h is argp's undocumented second -?.
      const entry = entries.find(([, { short }]) => short === (letter === 'h' ? '?' : letter));
      if (entry === undefined) {
        const [name = ''] = word.slice(1).split('=');
        throw new UsageError(program, `invalid option -- '${letter}'`, meantByDash(name, letter));
      }
      const { arg, optional } = entry[1];
      const attached = letters.slice(index + 1).join('') || undefined;
      if (arg === undefined) store(entry, `-${letter}`, undefined);
      else if (attached !== undefined || optional) return store(entry, `-${letter}`, attached);
      else return store(entry, `-${letter}`, required(`option requires an argument -- '${letter}'`));
    }
  };

  for (const word of words) {
    if (word === '--') positionals.push(...words);
    else if (word.startsWith('--')) long(word);
    else if (word.startsWith('-') && word !== '-') cluster(word);
    else if (program.runsCommand) positionals.push(word, ...words);
    else positionals.push(word);
    if (options.help === true) return helpText(program);
    if (options.usage === true) return usageText(program);
    if (options.version === true) return `${program.name} ${VERSION}\n`;
  }
  const { min, max } = program.positionals;
  if (positionals.length < min || positionals.length > max) {
    const isSeparate = positionals.length > max && detached !== undefined;
    const hints = isSeparate ? [`an optional argument is attached to its option: ${detached}`] : [];
    throw new UsageError(program, undefined, hints);
  }
  return { options, positionals };
}

function meantOption(given: string, longNames: readonly { name: string; entry: Entry }[]): string[] {
  const documented = longNames.filter(
    ({ entry: [, spec] }) => !spec.hidden && spec.unavailable === undefined,
  );
  return didYouMean(
    given,
    documented.map(({ name }) => name),
    (name) => `'--${name}'`,
  );
}

function readValue(program: ProgramSpec, spec: OptionSpec, shown: string, text: string): string | number {
  if (spec.integer) {
    const number = /^\d+$/.test(text) ? Number(text) : Number.NaN;
    if (Number.isSafeInteger(number)) return number;
    throw new UsageError(
      program,
      `option '${shown}' needs a whole number, not '${text}'`,
      inSeconds(spec, shown, text),
    );
  }
  if (spec.choices !== undefined && !spec.choices.includes(text)) {
    const problem = `option '${shown}' needs one of ${spec.choices.join(', ')}, not '${text}'`;
    throw new UsageError(program, problem, didYouMean(text, spec.choices));
  }
  return text;
}

const UNIT_SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 };

/** For `1h` and the like: the number that the option needs. */
function inSeconds({ arg = '' }: OptionSpec, shown: string, text: string): string[] {
  const [, number, unit = ''] = /^(\d{1,6})\s*(s|m|h|d)/i.exec(text) ?? [];
  const seconds = Number(number) * (UNIT_SECONDS[unit.toLowerCase()] ?? Number.NaN);
  if (!['TIME', 'SECONDS'].includes(arg) || Number.isNaN(seconds)) return [];
  return [`write it in seconds: ${shown}${shown.startsWith('--') ? '=' : ' '}${seconds}`];
}

/**
 * The arguments of the program, or of one of its commands. Ends the process when the command line asks for help, usage or the version (exit code 0)
 * and when it cannot be understood (exit code 64).
 */
export function readArguments<P extends ProgramSpec>(
  program: P,
  argv: readonly string[] = process.argv.slice(2),
): Arguments<P> {
  try {
    const outcome = parse(program, argv);
    if (typeof outcome !== 'string') return outcome;
    writeAll(1, outcome);
    process.exit(0);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    writeAll(2, `${harmless(error.message)}\n`);
    process.exit(error.exitCode);
  }
}
