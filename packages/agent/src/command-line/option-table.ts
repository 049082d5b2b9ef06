/** The table that describes a program's command line: plain data, and the types that follow from it. */

/** One option. Its key in the table is its long name. */
export interface OptionSpec {
  /** The one-letter form, without the dash. */
  readonly short?: string;
  /** Further long names. */
  readonly aliases?: readonly string[];
  /** The name of the argument in `--help`; an option without it is a flag. */
  readonly arg?: string;
  /** The argument may be left out. Given, it has to be attached: `--name=VALUE`, `-nVALUE`. */
  readonly optional?: true;
  /** Every value counts; otherwise the last one wins. */
  readonly repeatable?: true;
  /** The argument is a whole number, not negative. */
  readonly integer?: true;
  /** The only arguments that are accepted. */
  readonly choices?: readonly string[];
  /** Accepted, but not documented. */
  readonly hidden?: true;
  /**
   * An option of the C suite that this program understands but does not have, and why: giving it is an error that says so.
   * It still counts among the candidates of a shortened option, so that no abbreviation changes its meaning later.
   */
  readonly unavailable?: string;
  /** The description of the option in `--help`. */
  readonly doc: string;
}

/** A program's command line. `options` is grouped by heading, as `--help` shows it. */
export interface ProgramSpec {
  readonly name: string;
  /**
   * The arguments after the options in the usage line, separated by ` | ` if they are alternatives; bash completion
   * reads them.
   */
  readonly argsDoc: string;
  /** The description of the program, in one sentence. */
  readonly doc: string;
  /** Maximum number of arguments that are not options. */
  readonly positionals: { readonly min: number; readonly max: number };
  /** The arguments are a command with its options: the program's options end where the command begins. */
  readonly runsCommand?: true;
  readonly options: { readonly [heading: string]: { readonly [longName: string]: OptionSpec } };
}

/** An option and its long name. */
export type Entry = readonly [name: string, spec: OptionSpec];

type LongNames<Groups> = Groups extends unknown ? keyof Groups & string : never;
type SpecOf<Groups, Name extends string> = Groups extends { readonly [N in Name]: infer Spec } ? Spec : never;
type Value<Spec> = Spec extends { readonly integer: true }
  ? number
  : Spec extends { readonly choices: readonly (infer Choice)[] }
    ? Choice
    : string;
type Given<Spec> = Spec extends { readonly optional: true } ? Value<Spec> | true : Value<Spec>;
type Result<Spec> = Spec extends { readonly arg: string }
  ? Spec extends { readonly repeatable: true }
    ? readonly Given<Spec>[]
    : Given<Spec> | undefined
  : boolean;

/**
 * A parsed command line: a flag is a boolean, an option with an argument is its value or undefined, an omitted optional
 * argument is `true`, a repeatable option is an array.
 */
export interface Arguments<P extends ProgramSpec> {
  readonly options: {
    readonly [Name in LongNames<P['options'][keyof P['options']]>]: Result<
      SpecOf<P['options'][keyof P['options']], Name>
    >;
  };
  readonly positionals: readonly string[];
}

/** Gives a table its exact type, from which the types of the parsed options follow. */
export function defineProgram<const P extends ProgramSpec>(program: P): P {
  return program;
}

/** Options that every program has. */
export const HELP_OPTIONS: ProgramSpec['options'][string] = {
  help: { short: '?', doc: 'Print this list of options' },
  usage: { doc: 'Print a short usage message' },
  version: { short: 'V', doc: 'Print the version of the program' },
};
