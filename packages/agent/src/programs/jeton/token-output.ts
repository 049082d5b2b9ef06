/** The output of the commands that get tokens: the same options for all of them. */
import { accessSync, constants, lstatSync, type Stats, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { parseJson } from '@jeton/protocol/json';
import type { ProgramSpec } from '../../command-line/option-table.ts';
import { UsageError } from '../../command-line/options.ts';
import { replaceFile } from '../../files/saving/replace-file.ts';
import { describeSystemError } from '../../files/system-error.ts';
import { missingAudiences } from '../../oauth/audience.ts';
import { scopeDifference } from '../../oauth/grants/scope-difference.ts';
import type { Tokens } from '../../oauth/grants/tokens.ts';
import { print, printJson, warn } from '../../terminal/output.ts';
import { ProgramError } from '../../terminal/run.ts';

export const outputOptions = {
  json: { doc: "Print the issuer's whole answer" },
  env: {
    doc: 'Print shell commands that set IAM_ACCESS_TOKEN and, if the issuer sent a refresh token, IAM_REFRESH_TOKEN',
  },
  out: {
    short: 'o',
    arg: 'FILE',
    doc: 'Write to FILE instead, without a newline at the end. Only you can read FILE',
  },
} as const;

export interface OutputChoice {
  readonly json: boolean;
  readonly env: boolean;
  readonly out: string | undefined;
}

/**
 * Refuses impossible output options before the user has to log in.
 * @throws UsageError or ProgramError
 */
export function checkOutput(program: ProgramSpec, { json, env, out }: OutputChoice): void {
  if (json && env) throw new UsageError(program, "options '--json' and '--env' exclude each other");
  if (out !== undefined) checkTarget(out);
}

/**
 * Prints the tokens, or saves them to a file, and warns of scopes and audiences that the issuer left out.
 * @param asked space separated; undefined when the choice was left to the issuer
 * @throws ProgramError if the file cannot be written
 */
export async function deliver(
  tokens: Tokens,
  asked: { readonly scope: string | undefined; readonly audience: string | undefined },
  choice: OutputChoice,
): Promise<void> {
  const text = renderTokens(tokens, choice);
  if (choice.out !== undefined) await saveText(choice.out, text);
  else if (choice.json) printJson(text);
  else print(text);
  const { narrowed } = scopeDifference(asked.scope, tokens);
  if (narrowed.length > 0) warn(`Warning: the issuer left out these scopes: ${narrowed.join(' ')}`);
  const missing = missingAudiences(tokens.accessToken, asked.audience ?? '') ?? [];
  if (missing.length > 0) warn(`Warning: the token is not for these audiences: ${missing.join(' ')}`);
}

/** The tokens in the form that was asked for, without a newline at the end. */
export function renderTokens(
  { accessToken, refreshToken, answer }: Tokens,
  { json, env }: Pick<OutputChoice, 'json' | 'env'>,
): string {
  if (json) return JSON.stringify(parseJson(answer.reveal()), undefined, 2);
  if (!env) return accessToken.reveal();
  return exportLines({
    IAM_ACCESS_TOKEN: accessToken.reveal(),
    IAM_REFRESH_TOKEN: refreshToken?.reveal(),
  });
}

/** Lines for a shell that set variables, without a newline at the end; an undefined one has no line. */
export function exportLines(variables: Record<string, string | undefined>): string {
  return Object.entries(variables)
    .flatMap(([name, value]) => (value === undefined ? [] : [`export ${name}=${shellWord(value)}`]))
    .join('\n');
}

/** In double quotes, as the scripts do it; a value with characters that mean something there, in single ones. */
function shellWord(value: string): string {
  return /^[\w .~+/=:,-]*$/.test(value) ? `"${value}"` : `'${value.replaceAll("'", "'\\''")}'`;
}

/**
 * Writes a file that only its owner reads: whole or not at all.
 * @throws ProgramError
 */
export async function saveText(path: string, text: string): Promise<void> {
  checkTarget(path);
  try {
    await replaceFile(path, text);
  } catch (error) {
    throw new ProgramError(`could not write '${path}': ${describeSystemError(error)}`);
  }
}

/**
 * Allows only a file of this user to be replaced: not a device, and not the target of another user's symbolic link, because tokens
 * usually go to /tmp.
 * @throws ProgramError
 */
export function checkTarget(path: string): void {
  const fail = (why: string) => new ProgramError(`could not write '${path}': ${why}`);
  const link = statsOrUndefined(() => lstatSync(path));
  if (link !== undefined && link.uid !== process.geteuid?.()) throw fail('it belongs to another user');
  const file = link?.isSymbolicLink() ? statsOrUndefined(() => statSync(path)) : link;
  if (file !== undefined && !file.isFile()) throw fail('it is not a regular file');
  try {
    accessSync(dirname(path), constants.W_OK | constants.X_OK);
  } catch (error) {
    throw fail(describeSystemError(error));
  }
}

function statsOrUndefined(at: () => Stats): Stats | undefined {
  try {
    return at();
  } catch {
    return undefined;
  }
}
