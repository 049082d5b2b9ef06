import { type ParseArgsConfig, parseArgs } from 'node:util';
import { didYouMean } from '../did-you-mean.ts';
import { type Option, type OptionGroups, type OptionValues, program } from './option-table.ts';

/** A command line that jeton-iam cannot act on; exit code 64. */
export class UsageError extends Error {}

/** What the user wants to read instead of starting an IAM. */
type Request = 'help' | 'usage' | 'version';

const table = new Map<string, Option>(
  Object.values<OptionGroups[string]>(program.options).flatMap((group) => Object.entries(group)),
);

/** What a command line asks for. @throws UsageError */
export function parseCommandLine(args: string[]): OptionValues | Request {
  const given: Record<string, string | boolean | (string | boolean)[] | undefined> = parsed(args);
  const request = (['help', 'usage', 'version'] as const).find((name) => given[name] === true);
  if (request !== undefined || given['?'] === true) return request ?? 'help';
  const values = [...table].map(([name, { arg, repeatable, choices }]) => {
    const value = given[name];
    if (choices !== undefined && typeof value === 'string') checkChoice(name, value, choices);
    return [name, value ?? (arg === undefined ? false : repeatable ? [] : undefined)] as const;
  });
  return Object.fromEntries(values) as unknown as OptionValues;
}

function parsed(args: string[]) {
  const options: NonNullable<ParseArgsConfig['options']> = {
    help: { type: 'boolean', short: 'h' },
    '?': { type: 'boolean', short: '?' },
    usage: { type: 'boolean' },
    version: { type: 'boolean', short: 'V' },
  };
  for (const [name, { arg, repeatable }] of table) {
    options[name] = { type: arg === undefined ? 'boolean' : 'string', multiple: repeatable ?? false };
  }
  try {
    return parseArgs({ args, options }).values;
  } catch (error) {
    throw new UsageError(complaint(error instanceof Error ? error.message : String(error)));
  }
}

/** The message of `parseArgs`, with the option that the user most likely meant. */
function complaint(message: string): string {
  const [first, name] = /^Unknown option '--([^']*)'/.exec(message) ?? [];
  if (first === undefined) return message;
  return `${first}${didYouMean(
    `--${name}`,
    [...table.keys()].map((known) => `--${known}`),
  )}`;
}

function checkChoice(name: string, value: string, choices: readonly string[]): void {
  if (choices.includes(value)) return;
  throw new UsageError(
    `--${name} must be one of ${choices.join(', ')}, not '${value}'${didYouMean(value, choices)}`,
  );
}
