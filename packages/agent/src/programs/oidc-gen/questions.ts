/** What oidc-gen asks for when the command line leaves it out, as the C program words it. */
import type { ConfigWarning, KnownIssuer } from '../../config/issuer-file.ts';
import { knownIssuers } from '../../config/issuers.ts';
import type { IssuerMetadata } from '../../oauth/discovery.ts';
import { wantedScopes } from '../../oauth/scope.ts';
import { tell, warn } from '../../terminal/output.ts';
import { ask } from '../../terminal/prompt.ts';
import { ProgramError } from '../../terminal/run.ts';
import type { Options } from './command-line.ts';
import { mayAsk } from './consent.ts';

const defaultScopes = 'openid profile offline_access';

export async function shortName(given: string | undefined, options: Options): Promise<string> {
  const name = given ?? (mayAsk(options) ? await ask('Enter short name for the account to configure') : '');
  if (name === '')
    throw new ProgramError('No account short name given.', ['name it: oidc-gen -w device NAME'], 64);
  return name;
}

/** The issuer as the person wrote or chose it. */
export async function issuerUrl(directory: string, options: Options): Promise<string> {
  if (options.issuer !== undefined) return options.issuer;
  if (!mayAsk(options)) throw notGiven('issuer url', 'issuer');
  const { issuers, warnings } = await knownIssuers(directory);
  for (const warning of warnings) warn(describe(warning));
  for (const [index, { issuer }] of issuers.entries()) tell(`[${index + 1}] ${issuer}`, 'cyan');
  for (;;) {
    const answer = await ask('Issuer', issuers[0]?.issuer);
    const chosen = choose(answer, issuers);
    if (chosen !== undefined) return chosen;
    tell(`Type a number from 1 to ${issuers.length}, or the address of an issuer.`);
  }
}

function choose(answer: string, issuers: readonly KnownIssuer[]): string | undefined {
  if (/^\d+$/.test(answer)) return issuers[Number(answer) - 1]?.issuer;
  return answer === '' ? undefined : answer;
}

/** The scopes to register, `max` resolved. */
export async function scopes(metadata: IssuerMetadata, options: Options): Promise<string> {
  if (options.scope.length > 0) return wanted(options.scope.join(' '), metadata);
  if (!mayAsk(options)) {
    if (options['confirm-default']) return wanted(defaultScopes, metadata);
    throw notGiven('scope', 'scope');
  }
  const { scopes_supported: supported } = metadata;
  if (supported !== undefined) tell(`The following scopes are supported: ${supported.join(' ')}`);
  return wanted(await ask("Scopes or 'max' (space separated)", defaultScopes), metadata);
}

/** `max` swallows all others, as with the C program. */
function wanted(asked: string, { issuer, protocol, scopes_supported }: IssuerMetadata): string {
  const max = asked.split(/\s+/).includes('max') ? 'max' : asked;
  return wantedScopes(max, { issuer, protocol, ...(scopes_supported && { scopes_supported }) });
}

function notGiven(thing: string, option: string): ProgramError {
  return new ProgramError(
    `Required argument ${thing} not given. Please enable a prompt mode or pass ${thing} to the '--${option}' option.`,
    [],
    64,
  );
}

function describe({ file, line, column, message }: ConfigWarning): string {
  const place = line === undefined ? '' : `:${line}${column === undefined ? '' : `:${column}`}`;
  return `${file}${place}: ${message}`;
}
