/** Asks for settings that the command line omits, in the words of the C program. */
import { describeWarning } from '../../config/issuers/issuer-file.ts';
import { knownIssuers } from '../../config/issuers/issuers.ts';
import { IssuerError } from '../../oauth/http/errors.ts';
import { requireAddress } from '../../oauth/issuer/discovery.ts';
import { meantIssuer } from '../../oauth/issuer/issuer-url.ts';
import { wantedScopes } from '../../oauth/scope.ts';
import { unlistedScopes } from '../../oauth/unlisted-scopes.ts';
import { inform, warn } from '../../terminal/output.ts';
import { ProgramError, printFailure } from '../../terminal/run.ts';
import { permittedHost } from '../insecure-http.ts';
import { ask, choose, mayAsk } from './ask-user.ts';
import type { Options } from './command-line.ts';
import type { MetIssuer } from './issuer.ts';

const DEFAULT_SCOPES = 'openid profile offline_access';

export async function shortName(given: string | undefined, options: Options): Promise<string> {
  const name =
    given ?? (mayAsk(options) ? await ask('Enter short name for the account to configure', options) : '');
  if (name === '')
    throw new ProgramError('No account short name given.', ['name it: oidc-gen -w device NAME'], 64);
  return name;
}

/**
 * The issuer as the user typed or chose it.
 * @param name the short name of the account, which may suggest the issuer
 * @throws ProgramError if oidc-gen may not ask for it; Interrupted
 */
export async function issuerUrl(name: string, directory: string, options: Options): Promise<string> {
  if (options.issuer !== undefined) return options.issuer;
  if (!mayAsk(options)) throw notGiven('issuer url', 'issuer', ['list the known issuers: jeton issuers']);
  const { issuers, warnings } = await knownIssuers(directory);
  for (const warning of warnings) warn(describeWarning(warning));
  return await issuerAmong(
    issuers.map(({ issuer }) => issuer),
    name,
    options,
  );
}

/**
 * The issuer that the user chooses from a list, or another one that they write. The one that has the account's name in
 * its address is suggested, else the first.
 * @throws as `ask`
 */
export async function issuerAmong(
  issuers: readonly string[],
  name: string,
  options: Options,
): Promise<string> {
  const suggestion = issuers.find((issuer) => issuer.toLowerCase().includes(name.toLowerCase()));
  if (options.prompt !== 'gui') {
    for (const [index, issuer] of issuers.entries()) inform(`[${index + 1}] ${issuer}`, 'cyan');
  }
  for (;;) {
    const answer = await choose('Issuer', issuers, suggestion ?? issuers[0], options);
    const chosen = chosenIssuer(answer, issuers);
    if (chosen !== undefined && isUsable(chosen, options)) return chosen;
    inform(`Type a number from 1 to ${issuers.length}, or the address of an issuer.`);
  }
}

/** Whether an address can be that of an issuer. Says what is wrong with it, for the user to type another one. */
function isUsable(address: string, options: Options): boolean {
  if (options.prompt === 'gui') return true;
  const issuer = meantIssuer(address);
  try {
    requireAddress('issuer', issuer, { issuer, insecureHttp: permittedHost(options) });
    return true;
  } catch (error) {
    if (!(error instanceof IssuerError)) throw error;
    printFailure(error);
    return false;
  }
}

function chosenIssuer(answer: string, issuers: readonly string[]): string | undefined {
  if (/^\d+$/.test(answer)) return issuers[Number(answer) - 1];
  return answer === '' ? undefined : answer;
}

/**
 * The scopes to register, with `max` resolved.
 * @param most the meaning of `max` for a client that may not request every scope of the issuer
 * @throws ProgramError if oidc-gen may not ask for them, or for `max` at an issuer that lists none; Interrupted
 */
export async function scopes(issuer: MetIssuer, options: Options, most?: string): Promise<string> {
  const wanted = (asked: string) => {
    warnOfUnlisted(asked, issuer.metadata.scopes_supported);
    return resolveMax(asked, issuer, most, options['only-at']);
  };
  if (options['scope-all']) return wanted('max');
  if (options.scope.length > 0) return wanted(options.scope.join(' '));
  const suggestion = issuer.known?.default_scope ?? DEFAULT_SCOPES;
  if (!mayAsk(options)) {
    if (options['confirm-default']) return wanted(suggestion);
    throw notGiven('scope', 'scope', ['--scope=max requests every scope that the issuer lists']);
  }
  const supported = most ?? issuer.metadata.scopes_supported?.join(' ');
  const note = supported && `The following scopes are supported: ${supported}`;
  const question = "Scopes or 'max' (space separated)";
  const answer = await askUntilListed(suggestion, issuer, (suggested, isFirst) =>
    ask(question, options, suggested, isFirst ? note : ''),
  );
  return wanted(answer);
}

/**
 * Asks for scopes, and once more if the user seems to have mistyped one: with the corrected scopes as the suggestion. What the user
 * then answers counts.
 */
export async function askUntilListed(
  suggestion: string,
  { metadata }: MetIssuer,
  askOnce: (suggestion: string, isFirst: boolean) => Promise<string>,
): Promise<string> {
  const answer = await askOnce(suggestion, true);
  const mistyped = unlistedScopes(answer, metadata.scopes_supported).filter(
    ({ meant }) => meant !== undefined,
  );
  if (answer === suggestion || mistyped.length === 0) return answer;
  warnOfUnlisted(answer, metadata.scopes_supported);
  const corrected = answer
    .split(/\s+/)
    .map((word) => mistyped.find(({ scope }) => scope === word)?.meant ?? word)
    .join(' ');
  return await askOnce(corrected, false);
}

/** Warns of scopes that the issuer does not list: some issuers register a misspelt one, and then each token lacks the right one. */
function warnOfUnlisted(asked: string, listed: readonly string[] | undefined): void {
  for (const { scope, meant } of unlistedScopes(asked, listed)) {
    warn(`The issuer does not list the scope ${scope}`);
    if (meant !== undefined) inform(`hint: did you mean ${meant}?`);
  }
}

/** `max` swallows all others, as with the C program. */
function resolveMax(
  asked: string,
  { metadata: { issuer, protocol, scopes_supported }, known }: MetIssuer,
  most: string | undefined,
  onlyToken: boolean,
): string {
  const max = asked.split(/\s+/).includes('max') ? (most ?? 'max') : asked;
  return wantedScopes(
    max,
    { issuer, protocol, ...(scopes_supported && { scopes_supported }) },
    // An access token alone needs no refresh token.
    onlyToken ? false : known?.offline_access,
  );
}

/** The error of a program that needs a setting and may not ask for it. */
export function notGiven(thing: string, option: string, hints: readonly string[] = []): ProgramError {
  return new ProgramError(
    `Required argument ${thing} not given. Please enable a prompt mode or pass ${thing} to the '--${option}' option.`,
    hints,
    64,
  );
}
