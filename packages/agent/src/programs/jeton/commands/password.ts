import { defineProgram } from '../../../command-line/option-table.ts';
import { readArguments, UsageError } from '../../../command-line/options.ts';
import { passwordTokens, refusesPasswordGrant } from '../../../oauth/grants/password.ts';
import { IssuerError } from '../../../oauth/http/errors.ts';
import { Secret } from '../../../secret.ts';
import { inform, warn } from '../../../terminal/output.ts';
import { ask, askSecret, canAsk } from '../../../terminal/prompt.ts';
import { ProgramError } from '../../../terminal/run.ts';
import { readSecretFile } from '../secret-file.ts';
import { clientOptions, DEFAULT_SCOPES, issuerOptions, requestOptions, Settings } from '../settings.ts';
import { checkOutput, deliver, outputOptions } from '../token-output.ts';

export const program = defineProgram({
  name: 'jeton password',
  argsDoc: '',
  doc: 'Get an access token with the user name and password of a local account at the issuer. Deprecated: use jeton device-code',
  positionals: { min: 0, max: 0 },
  options: {
    'Issuer and client:': { ...issuerOptions, ...clientOptions },
    'Account:': {
      username: { arg: 'NAME', doc: 'The user name, instead of IAM_USER' },
      'password-file': {
        arg: 'FILE',
        doc: 'Read the password from the first line of FILE, instead of IAM_PASSWORD',
      },
      'password-fd': {
        arg: 'N',
        integer: true,
        doc: 'Read the password from the first line of the open file descriptor N',
      },
    },
    'Token:': requestOptions,
    'Output:': outputOptions,
  },
});

/**
 * `jeton password`: asks at the terminal for settings that the environment and the options omit.
 * @throws UsageError for options that exclude each other; ProgramError for a missing setting, a file that cannot be
 * read or written, a wrong password, or a client that may not use this flow; IssuerError or IssuerUnreachableError if
 * the issuer gives no token for another reason; Interrupted
 */
export async function run(argv: readonly string[]): Promise<void> {
  const { options } = readArguments(program, argv);
  checkOutput(program, options);
  const settings = new Settings(options);
  const client = settings.client(['IAM_CLIENT']);
  const findIssuer = settings.issuer('token_endpoint');
  const name = options.username ?? settings.variable('IAM_USER');
  const secret = givenPassword(options, settings);
  if (!canAsk()) {
    settings.need(name, 'the user', '--username=NAME', 'IAM_USER', 'a terminal to ask at');
    const sources = ['--password-file=FILE', '--password-fd=N', 'IAM_PASSWORD', 'a terminal to ask at'];
    settings.need(secret, 'the password', ...sources);
  }
  settings.complete();
  warnOfPasswords();
  const issuer = await findIssuer();
  const username = name ?? (await ask('Username'));
  const password = secret ?? (await askSecret('Password'));
  const scope = settings.scope() ?? DEFAULT_SCOPES;
  const request = { ...issuer, client, scope, audience: settings.audience(), username, password };
  try {
    await deliver(await passwordTokens(request), request, options);
  } catch (error) {
    throw explained(error, client.clientId, issuer.metadata.issuer);
  }
}

function givenPassword(
  options: { 'password-file': string | undefined; 'password-fd': number | undefined },
  settings: Settings,
): Secret | undefined {
  const { 'password-file': file, 'password-fd': descriptor } = options;
  if (file !== undefined && descriptor !== undefined) {
    throw new UsageError(program, "options '--password-file' and '--password-fd' exclude each other");
  }
  const place = file ?? descriptor;
  if (place !== undefined) return readSecretFile(place);
  const variable = settings.variable('IAM_PASSWORD');
  return variable === undefined ? undefined : new Secret(variable);
}

function warnOfPasswords(): void {
  warn(
    'Warning: the password flow is deprecated: it shows your password to programs, an administrator has to',
  );
  warn(
    'enable it for each client, and logins through Google, SAML or a second factor cannot be used with it.',
  );
  inform('hint: log in with a browser instead: jeton device-code, or with an agent: oidc-gen -w device NAME');
}

/** Explains the issuer's refusal of this flow, with hints for the user. */
function explained(error: unknown, clientId: string, issuer: string): unknown {
  if (refusesPasswordGrant(error)) {
    return new ProgramError(
      `The issuer does not allow the password flow to client ${clientId} (${error.message})`,
      [
        `an administrator of ${issuer} has to enable it; you could send this:`,
        `  "Please enable the grant type password for my client ${clientId} at ${issuer}."`,
        'once it is enabled, run the same command again',
        'the device flow needs no administrator: jeton device-code',
      ],
      77,
    );
  }
  if (error instanceof IssuerError && error.error === 'invalid_grant') {
    const unsigned = /\bAUP\b/.test(error.description ?? '');
    const hint = unsigned
      ? `log in at ${issuer} with a browser and sign the acceptable use policy`
      : `check user name and password: they are those of the local account at ${issuer}, not of another provider`;
    return new ProgramError(error.message, [hint], 77);
  }
  return error;
}
