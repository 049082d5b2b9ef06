import { defineProgram } from '../../../command-line/option-table.ts';
import { readArguments } from '../../../command-line/options.ts';
import { revokeToken } from '../../../oauth/tokens/revocation.ts';
import { tokenSource } from '../secrets.ts';
import { clientOptions, issuerOptions, Settings } from '../settings.ts';

export const program = defineProgram({
  name: 'jeton revoke',
  argsDoc: '[FILE]',
  doc: 'Revoke a token at its issuer (RFC 7009). Revoking a refresh token ends the login. Reads the token from FILE, else from REFRESH_TOKEN or IAM_REFRESH_TOKEN, else from standard input',
  positionals: { min: 0, max: 1 },
  options: {
    'Issuer and client:': { ...issuerOptions, ...clientOptions },
    'Token:': {
      'access-token': {
        doc: 'Revoke an access token: from FILE, else from IAM_ACCESS_TOKEN, else from standard input',
      },
    },
  },
});

/**
 * `jeton revoke`: prints nothing when the token is revoked, or was not valid anyway.
 * @throws ProgramError if a setting is missing or the token cannot be read; IssuerError, of kind `unsupported` if the
 * issuer cannot revoke tokens, or IssuerUnreachableError
 */
export async function run(argv: readonly string[]): Promise<void> {
  const { options, positionals } = readArguments(program, argv);
  const isAccessToken = options['access-token'];
  const settings = new Settings(options);
  const client = settings.client(['IAM_CLIENT', 'IAM_DEVICE_CODE_CLIENT']);
  const issuer = settings.issuer('revocation_endpoint');
  const variables = isAccessToken ? ['IAM_ACCESS_TOKEN'] : ['REFRESH_TOKEN', 'IAM_REFRESH_TOKEN'];
  const readToken = tokenSource(settings, 'the token', positionals[0], ...variables);
  settings.complete();
  const token = readToken();
  const tokenType = isAccessToken ? 'access_token' : 'refresh_token';
  await revokeToken({ ...(await issuer()), client, token, tokenType });
}
