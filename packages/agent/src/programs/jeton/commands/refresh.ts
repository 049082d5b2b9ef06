import { defineProgram } from '../../../command-line/option-table.ts';
import { readArguments } from '../../../command-line/options.ts';
import type { Secret } from '../../../secret.ts';
import { refreshAndSave, saveAside } from '../../replaced-refresh-token.ts';
import { neededSecret } from '../secrets.ts';
import { clientOptions, issuerOptions, requestOptions, Settings } from '../settings.ts';
import { checkOutput, checkTarget, deliver, outputOptions, saveText } from '../token-output.ts';

export const program = defineProgram({
  name: 'jeton refresh',
  argsDoc: '',
  doc: 'Get an access token with a refresh token (RFC 6749 6)',
  positionals: { min: 0, max: 0 },
  options: {
    'Issuer and client:': { ...issuerOptions, ...clientOptions },
    'Token:': {
      'refresh-token-file': {
        arg: 'FILE',
        doc: 'Read the refresh token from the first line of FILE, instead of REFRESH_TOKEN or IAM_REFRESH_TOKEN. If the issuer replaces it, write the new one to FILE',
      },
      ...requestOptions,
    },
    'Output:': outputOptions,
  },
});

/**
 * `jeton refresh`: without a scope, the token has all that was granted. A new refresh token is kept before anything else.
 * @throws UsageError for options that exclude each other; ProgramError for a missing setting, or a file that cannot be
 * read or written; IssuerError or IssuerUnreachableError if the issuer gives no token
 */
export async function run(argv: readonly string[]): Promise<void> {
  const { options } = readArguments(program, argv);
  const { 'refresh-token-file': file } = options;
  checkOutput(program, options);
  if (file !== undefined) checkTarget(file);
  const settings = new Settings(options);
  const client = settings.client(['IAM_CLIENT', 'IAM_DEVICE_CODE_CLIENT']);
  const issuer = settings.issuer('token_endpoint');
  const source = { option: 'refresh-token-file', file };
  const refreshToken = neededSecret(
    settings,
    'the refresh token',
    source,
    'REFRESH_TOKEN',
    'IAM_REFRESH_TOKEN',
  );
  settings.complete();
  const scope = options.scope.length > 0 ? options.scope.join(' ') : undefined;
  const audience = settings.audience();
  const request = { ...(await issuer()), client, refreshToken, scope, audience };
  const tokens = await refreshAndSave(request, (token) => keep(token, file));
  const printed = options.json || options.env;
  if (tokens.refreshToken && (file !== undefined || !printed)) await keep(tokens.refreshToken, file);
  try {
    await deliver(tokens, { scope, audience }, options);
  } catch (error) {
    if (tokens.refreshToken && file === undefined && printed) await keep(tokens.refreshToken, undefined);
    throw error;
  }
}

/** Saves or prints the new refresh token even if the user has not asked for it: the old one is dead. */
async function keep(refreshToken: Secret, file: string | undefined): Promise<void> {
  if (file !== undefined) return await saveText(file, refreshToken.reveal());
  await saveAside(refreshToken, '--refresh-token-file=FILE keeps it up to date, --env and --json print it');
}
