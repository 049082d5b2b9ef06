import { defineProgram } from '../../../command-line/option-table.ts';
import { readArguments } from '../../../command-line/options.ts';
import { warnOfClock } from '../../clock-warning.ts';
import { deviceLogin } from '../../device-login.ts';
import { clientOptions, DEFAULT_SCOPES, issuerOptions, requestOptions, Settings } from '../settings.ts';
import { checkOutput, deliver, outputOptions } from '../token-output.ts';

export const program = defineProgram({
  name: 'jeton device-code',
  argsDoc: '',
  doc: 'Get an access token by logging in with a browser on any device (RFC 8628)',
  positionals: { min: 0, max: 0 },
  options: {
    'Issuer and client:': { ...issuerOptions, ...clientOptions },
    'Token:': requestOptions,
    'Output:': outputOptions,
  },
});

/** The variables of the device script count before those that all scripts share. */
const FAMILIES = ['IAM_DEVICE_CODE_CLIENT', 'IAM_CLIENT'] as const;

/**
 * `jeton device-code`: shows where to log in, waits for it, prints the token.
 * @throws UsageError for options that exclude each other; ProgramError for a missing setting, or a file that cannot be
 * read or written; IssuerError, IssuerUnreachableError or Interrupted if the login fails
 */
export async function run(argv: readonly string[]): Promise<void> {
  const { options } = readArguments(program, argv);
  checkOutput(program, options);
  const settings = new Settings(options);
  const client = settings.client(FAMILIES);
  const issuer = settings.issuer('device_authorization_endpoint', 'token_endpoint');
  settings.complete();
  const scope = settings.scope(FAMILIES) ?? DEFAULT_SCOPES;
  const audience = settings.audience();
  const met = await issuer();
  const tokens = await deviceLogin({ ...met, client, scope, audience });
  warnOfClock(met.metadata.issuer);
  await deliver(tokens, { scope, audience }, options);
}
