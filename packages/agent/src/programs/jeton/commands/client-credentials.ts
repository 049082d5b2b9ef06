import { defineProgram } from '../../../command-line/option-table.ts';
import { readArguments } from '../../../command-line/options.ts';
import { clientCredentialsTokens } from '../../../oauth/grants/token-request.ts';
import { clientOptions, issuerOptions, requestOptions, Settings } from '../settings.ts';
import { checkOutput, deliver, outputOptions } from '../token-output.ts';

export const program = defineProgram({
  name: 'jeton client-credentials',
  argsDoc: '',
  doc: 'Get an access token for a client itself, without a user (RFC 6749 4.4)',
  positionals: { min: 0, max: 0 },
  options: {
    'Issuer and client:': { ...issuerOptions, ...clientOptions },
    'Token:': requestOptions,
    'Output:': outputOptions,
  },
});

/**
 * `jeton client-credentials`: without a scope, the token has all that the client may have.
 * @throws UsageError for options that exclude each other; ProgramError for a missing setting, or a file that cannot be
 * read or written; IssuerError or IssuerUnreachableError if the issuer gives no token
 */
export async function run(argv: readonly string[]): Promise<void> {
  const { options } = readArguments(program, argv);
  checkOutput(program, options);
  const settings = new Settings(options);
  const client = settings.client(['IAM_CLIENT'], { confidential: true });
  const issuer = settings.issuer('token_endpoint');
  settings.complete();
  const scope = settings.scope();
  const audience = settings.audience();
  const tokens = await clientCredentialsTokens({ ...(await issuer()), client, scope, audience });
  await deliver(tokens, { scope, audience }, options);
}
