/** The questions of `jeton login`. Each suggests an answer, and is asked again after an answer that cannot be used. */
import { existsSync } from 'node:fs';
import { shellQuote } from '@jeton/client/shell-quote';
import { accountPath } from '../../../accounts/directory.ts';
import { existingKeyrings, type KeyringName } from '../../../accounts/passwords/keyring.ts';
import { describeWarning } from '../../../config/issuers/issuer-file.ts';
import { knownIssuers } from '../../../config/issuers/issuers.ts';
import { HintedError } from '../../../hinted-error.ts';
import { choose } from '../../../terminal/choice.ts';
import { inform, warn } from '../../../terminal/output.ts';
import { ask } from '../../../terminal/prompt.ts';
import { printFailure } from '../../../terminal/run.ts';
import type { Options } from '../../oidc-gen/command-line.ts';
import { type MetIssuer, meetIssuer } from '../../oidc-gen/issuer.ts';
import { askUntilListed } from '../../oidc-gen/questions.ts';
import { hasPasswordOption } from '../../password-options.ts';
import { issuerAddress, suggestedName, usualScopes } from './suggestions.ts';

/**
 * The issuer of the options, else the one that the user chooses from the known ones or writes. Asks again if no issuer
 * answers at the address.
 *
 * @param name the short name of the account: an issuer with this name in its address comes first
 * @throws IssuerError or IssuerUnreachableError for the issuer of the options; Interrupted
 */
export async function askForIssuer(
  name: string | undefined,
  directory: string,
  options: Options,
): Promise<MetIssuer> {
  if (options.issuer !== undefined)
    return await meetIssuer(issuerAddress(options.issuer) ?? options.issuer, directory, options);
  const { issuers, warnings } = await knownIssuers(directory);
  for (const warning of warnings) warn(describeWarning(warning));
  const hasName = (issuer: string) => Number(name !== undefined && issuer.includes(name));
  const choices = issuers.map(({ issuer }) => issuer).toSorted((one, other) => hasName(other) - hasName(one));
  for (;;) {
    const address = await choose({
      question: 'Issuer, or its address',
      choices,
      own: issuerAddress,
      nothingFound: 'no known issuer matches; type the address of yours, such as https://iam.example/',
    });
    try {
      return await meetIssuer(address, directory, options);
    } catch (error) {
      if (!(error instanceof HintedError)) throw error;
      printFailure(error);
    }
  }
}

/**
 * The short name of the account, one that does not exist yet.
 * @throws Interrupted
 */
export async function askForName(issuer: string, directory: string): Promise<string> {
  const suggestion = suggestedName(issuer, (name) => existsSync(accountPath(directory, name)));
  for (;;) {
    const name = await ask('Short name for the account', suggestion);
    try {
      if (!existsSync(accountPath(directory, name))) return name;
      inform(
        `There is an account '${name}'. Type another name, or log in again with: jeton login ${shellQuote(name)}`,
      );
    } catch (error) {
      if (!(error instanceof HintedError)) throw error;
      printFailure(error);
    }
  }
}

/**
 * The scopes of the account: those of the options, else those that the user writes.
 * @throws Interrupted
 */
export async function askForScopes(issuer: MetIssuer, options: Options): Promise<readonly string[]> {
  if (options['scope-all']) return ['max'];
  if (options.scope.length > 0) return options.scope;
  const listed = issuer.metadata.scopes_supported;
  if (listed !== undefined) inform(`The issuer lists these scopes: ${listed.join(' ')}`);
  const question = "Scopes, or 'max' for all";
  return [await askUntilListed(usualScopes(listed), issuer, (suggestion) => ask(question, suggestion))];
}

const TYPED = 'a password that you type, also after each restart of the agent';
const KEPT: Readonly<Record<KeyringName, string>> = {
  desktop: 'a generated password in the keyring of this desktop',
  kernel: 'a password that you type, and that the kernel keeps until you are logged out everywhere',
};

/**
 * The keyring that keeps the password of the account; undefined for none. Asks only where there is one, and no option says where the
 * password comes from.
 *
 * @throws Interrupted
 */
export async function askForKeyring(options: Options): Promise<Options['pw-keyring']> {
  const { 'pw-keyring': given, 'pw-gpg': gpgKey } = options;
  if (given !== undefined || gpgKey !== undefined || hasPasswordOption(options)) return given;
  const keyrings = await existingKeyrings();
  if (keyrings.length === 0) return undefined;
  const answer = await choose({
    question: 'The account is encrypted with',
    choices: [TYPED, ...keyrings.map((name) => KEPT[name])],
    nothingFound: 'press Backspace to see all choices',
  });
  return keyrings.find((name) => KEPT[name] === answer);
}
