import type { BehaviourInput } from '../../../packages/iam/src/behaviour/rules.ts';

/**
 * A few command lines that a user types, with what is prepared for them. They are run with the C programs and with ours;
 * what happens must be the same but for the differences that are listed here.
 *
 * To add one: a name, the command lines, and run `npx vitest run --project e2e e2e/c-suite/differential.test.ts -t 'the name'`.
 * Where ours is meant to differ, describe that in docs/compatibility.md and name it in `differs`.
 */
export interface Scenario {
  readonly name: string;
  readonly run: readonly Step[];
  /** The short names of accounts that have a file, encrypted with `correct horse`: by default `wlcg`. */
  readonly accounts?: readonly string[];
  /** Those of them that the agent holds from the start: by default none. */
  readonly loaded?: readonly string[];
  /** Members that the account files have beside the usual ones. */
  readonly account?: Readonly<Record<string, string | number>>;
  /** Other files in the folder of the account files, by name. */
  readonly files?: Readonly<Record<string, string>>;
  /** Starts an agent for this scenario alone, with these options. */
  readonly agent?: readonly string[];
  /** How the issuer is unlike IAM. */
  readonly behaviour?: BehaviourInput;
  /** What ours does otherwise than the C suite, on purpose. */
  readonly differs?: readonly Difference[];
  /** What ours prints and does where the programs of 4.2.6 lack the option: nothing is compared then. */
  readonly expected?: readonly string[];
  /** What of ours is not there yet. The scenario is skipped until it is. */
  readonly waits?: string;
}

/** A command line for `sh`; with `answers`, at a terminal where a user answers what is asked. */
export type Step = string | { readonly line: string; readonly answers: readonly Answer[] };

/** What is shown, and what the user types then. */
export type Answer = readonly [shown: string, typed: string];

/** Which of ours makes a difference. */
export type Part = 'programs' | 'agent' | 'either' | MixName;

/** The suite of the programs, and that of the agent. */
export type MixName = 'c/c' | 'ours/c' | 'c/ours' | 'ours/ours';

/** Lines of the transcript (see transcript.ts) that are others where a part is ours. */
export interface Difference {
  /** Which difference of docs/compatibility.md this is. */
  readonly id: string;
  readonly by: Part;
  /** Consecutive lines of the C suite; none where ours adds some. */
  readonly c: readonly string[];
  /** Consecutive lines of ours; none where ours leaves some out. */
  readonly ours: readonly string[];
}

/** A program of ours ends with a more telling exit code. */
export function exitCode(ours: number, c = 1): Difference {
  return { id: 'exit-codes', by: 'programs', c: [`exit ${c}`], ours: [`exit ${ours}`] };
}

/** A program of ours says what is wrong with the value of an option, where argp has lost it. */
export function badValue(option: string, ours: string): Difference {
  const c = `! ${option}: (PROGRAM ERROR) Option should have been recognized!?`;
  return { id: 'option-values', by: 'programs', c: [c], ours: [`! ${ours}`] };
}

/** A command line at a terminal, and what the user there answers. */
export function atTerminal(line: string, ...answers: Answer[]): Step {
  return { line, answers };
}
