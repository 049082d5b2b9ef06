import type { Answer } from '../../support/user/shell.ts';

/** A command that a page tells its reader to type, and what is to be seen then. */
export interface Step {
  /** As the page has it. */
  readonly command: string;
  /** What the reader has done before, in words that the page does not give. */
  readonly first?: string;
  /** What is typed instead of some words of the command. */
  readonly instead?: Readonly<Record<string, string>>;
  readonly answers?: readonly Answer[];
  /** What appears on the screen. */
  readonly shows?: RegExp;
  /** How a block of the page begins that shows what appears on the screen. */
  readonly sample?: string;
  readonly code?: number;
  /** The foreign program that the step needs; without it the step is skipped. */
  readonly needs?: string;
  /** It goes on until Ctrl-C. */
  readonly interrupt?: boolean;
}

export interface Page {
  /** Which accounts its reader has already; the agent runs then. */
  readonly accounts?: readonly string[];
  /** The page starts an IAM by itself, at a port that is free in place of 8080. */
  readonly ownIam?: boolean;
  readonly env?: Readonly<Record<string, string>>;
  readonly files?: Readonly<Record<string, string>>;
  readonly steps: readonly (Step | string)[];
}

/** The steps of a page, whole. */
export const steps = (page: Page): Step[] =>
  page.steps.map((step) => (typeof step === 'string' ? { command: step } : step));
