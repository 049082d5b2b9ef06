#!/usr/bin/env node
/**
 * The program oidc-token. Users wait for its start, so it loads only node:net, node:tty and modules that Node loads
 * anyway.
 */
import { isatty } from 'node:tty';
import { AgentError, type TokenSource } from '@jeton/client';
import { namesIssuer } from '../../client/names-issuer.ts';
import { readArguments, UsageError } from '../../command-line/options.ts';
import { ConfigSection } from '../../config/section.ts';
import { ConfigurationError } from '../../configuration-error.ts';
import { keepMemoryOutOfCoreDumps } from '../../core-dump.ts';
import { harmless } from '../../harmless.ts';
import { writeAll } from '../../stdio.ts';
import { errorJson, hintsIn } from '../../terminal/error-json.ts';
import { agentExitCode } from '../../terminal/exit-code.ts';
import { LIFETIME_SETTING, type Options, program } from './command-line.ts';
import { format, formatJson, isVariableName } from './output.ts';
import { getAccessToken, getIdToken, getMytoken } from './tokens.ts';

/** What can be printed in place of JSON. */
const OTHER_OUTPUTS = ['all', 'env', 'token', 'issuer', 'expires-at', 'bearer', 'auth-header'] as const;

/** Whether errors are reported as JSON, too. */
let asJson = false;

async function main(): Promise<void> {
  keepMemoryOutOfCoreDumps();
  const { options, positionals } = readArguments(program);
  const [name] = positionals;
  if (!name) throw new UsageError(program);
  const other = OTHER_OUTPUTS.find((option) => options[option]);
  if (options.json && other !== undefined)
    throw new UsageError(program, `options '--json' and '--${other}' exclude each other`);
  asJson = options.json;
  for (const variable of [options.token, options.issuer, options['expires-at']]) {
    if (typeof variable === 'string' && !isVariableName(variable)) {
      throw new UsageError(program, `'${variable}' cannot be the name of a variable`);
    }
  }
  const hasTerminal = isatty(0) && isatty(2);
  try {
    await printToken(name, options, hasTerminal);
  } catch (error) {
    const isLoaded = hasTerminal && isNotLoaded(error) && (await load(name));
    const isElsewhere = !isLoaded && isUnknownHere(error) && Boolean(process.env.OIDC_REMOTE_SOCK);
    if (!isLoaded && !isElsewhere) throw error;
    await printToken(name, options, hasTerminal, isElsewhere).catch((other: unknown) => {
      // The second agent's error matters only if it knows more.
      throw isElsewhere && other instanceof AgentError ? error : other;
    });
  }
}

async function printToken(
  name: string,
  options: Options,
  hasTerminal: boolean,
  remote = false,
): Promise<void> {
  const requester = { applicationHint: options.name ?? program.name, hasTerminal, autoStart: true, remote };
  const scope = options.scope.join(' ');
  if (options.mytoken !== undefined) {
    const { account, profile } = mytokenOf(name, options.mytoken);
    const { token, info } = await getMytoken(account, profile, requester);
    writeAll(1, options.json ? formatJson({ token }) : `${token}\n`);
    inform(info);
  } else if (options['id-token']) {
    const { token, info } = await getIdToken(sourceOf(name), scope, requester);
    writeAll(1, options.json ? formatJson({ token }) : `${token}\n`);
    inform(info);
  } else {
    const { aud: audience, 'force-new': forceNew } = options;
    const minValid = options.time ?? new ConfigSection(program.name).wholeNumber(LIFETIME_SETTING);
    const token = await getAccessToken(sourceOf(name), { scope, audience, minValid, forceNew }, requester);
    writeAll(1, format(token, options));
    inform(token.info);
  }
}

const isNotLoaded = (error: unknown) => error instanceof AgentError && error.code === 'not-loaded';

/** An agent on another computer may know the account, as in the C suite. */
const isUnknownHere = (error: unknown) =>
  error instanceof AgentError && ['unknown-account', 'unreachable'].includes(error.code);

/** Whether the user has loaded the account. Ends the program if the user interrupted it. */
async function load(name: string): Promise<boolean> {
  const { INTERRUPTED, loadAccount } = await import('./load-account.ts');
  const code = await loadAccount(name);
  if (code === INTERRUPTED) process.exit(code);
  return code === 0;
}

function sourceOf(name: string): TokenSource {
  return namesIssuer(name) ? { issuer: name } : { account: name };
}

/** The mytoken to request; the issuer does not show which of its accounts belong to a mytoken server. */
function mytokenOf(name: string, profile: string | true) {
  const { account } = sourceOf(name);
  if (account === undefined) {
    throw new Error('Mytokens can only be obtained by account shortname, not by issuer url.');
  }
  const usual = () => new ConfigSection(program.name).text('default_mytoken_profile');
  return { account, profile: profile === true ? usual() : profile };
}

/** Reports an error, and returns its exit code. */
function report(error: unknown): number {
  if (error instanceof UsageError) {
    inform(error.message);
    return error.exitCode;
  }
  if (error instanceof ConfigurationError) {
    const { message, hints, exitCode } = error;
    if (asJson) inform(errorJson({ message, kind: 'configuration', hints, exitCode }));
    else {
      inform(`Error: ${message}`);
      for (const hint of hints) inform(`hint: ${hint}`);
    }
    return exitCode;
  }
  if (error instanceof AgentError) {
    const { message, code: kind, info } = error;
    const exitCode = agentExitCode(error);
    const hints = [...(info === undefined ? [] : hintsIn(info)), ...error.hints];
    if (asJson) inform(errorJson({ message, kind, hints, exitCode }));
    else {
      inform(`Error: ${message}`);
      inform(info);
      for (const hint of error.hints) inform(`hint: ${hint}`);
    }
    return exitCode;
  }
  // The reader of the output has gone. That is no error worth reporting.
  const readerGone = error instanceof Error && 'code' in error && error.code === 'EPIPE';
  if (readerGone) return 1;
  const message = error instanceof Error ? error.message : String(error);
  inform(asJson ? errorJson({ message, kind: 'failed', hints: [], exitCode: 1 }) : `Error: ${message}`);
  return 1;
}

/** Writes to the user's terminal. The text may come from an issuer and must not control the terminal. */
function inform(text: string | undefined): void {
  if (text !== undefined) writeAll(2, `${harmless(text.trimEnd())}\n`);
}

main().catch((error: unknown) => {
  process.exitCode = report(error);
});
