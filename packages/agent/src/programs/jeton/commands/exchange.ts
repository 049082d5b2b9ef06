import { defineProgram } from '../../../command-line/option-table.ts';
import { readArguments } from '../../../command-line/options.ts';
import { exchangeToken } from '../../../oauth/grants/token-request.ts';
import { neededSecret } from '../secrets.ts';
import { clientOptions, issuerOptions, requestOptions, Settings } from '../settings.ts';
import { checkOutput, deliver, outputOptions } from '../token-output.ts';

export const program = defineProgram({
  name: 'jeton exchange',
  argsDoc: '',
  doc: "Exchange another client's access token for one of this client, for the same user (RFC 8693)",
  positionals: { min: 0, max: 0 },
  options: {
    'Issuer and client:': { ...issuerOptions, ...clientOptions },
    'Token:': {
      'subject-token-file': {
        arg: 'FILE',
        doc: 'Read the token to exchange from the first line of FILE, instead of IAM_SUBJECT_TOKEN',
      },
      ...requestOptions,
    },
    'Output:': outputOptions,
  },
});

/** The scopes of the script, which INDIGO IAM insists on. */
const SCOPES = 'openid profile offline_access';

/**
 * `jeton exchange`
 * @throws UsageError for options that exclude each other; ProgramError for a missing setting, or a file that cannot be
 * read or written; IssuerError, of kind `denied` if a policy forbids the exchange, or IssuerUnreachableError
 */
export async function run(argv: readonly string[]): Promise<void> {
  const { options } = readArguments(program, argv);
  checkOutput(program, options);
  const settings = new Settings(options);
  const client = settings.client(['IAM_CLIENT']);
  const issuer = settings.issuer('token_endpoint');
  const source = { option: 'subject-token-file', file: options['subject-token-file'] };
  const subjectToken = neededSecret(settings, 'the token to exchange', source, 'IAM_SUBJECT_TOKEN');
  settings.complete();
  const scope = settings.scope() ?? SCOPES;
  const audience = settings.audience();
  const tokens = await exchangeToken({ ...(await issuer()), client, subjectToken, scope, audience });
  await deliver(tokens, { scope, audience }, options);
}
