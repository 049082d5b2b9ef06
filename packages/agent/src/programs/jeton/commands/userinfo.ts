import { defineProgram } from '../../../command-line/option-table.ts';
import { readArguments } from '../../../command-line/options.ts';
import { userInfo } from '../../../oauth/tokens/userinfo.ts';
import { printJson } from '../../../terminal/output.ts';
import { tokenSource } from '../secrets.ts';
import { issuerOptions, Settings } from '../settings.ts';

export const program = defineProgram({
  name: 'jeton userinfo',
  argsDoc: '[FILE]',
  doc: 'Show the user of an access token, as JSON from the userinfo endpoint of the issuer. Reads the token from FILE, else from IAM_ACCESS_TOKEN, else from standard input',
  positionals: { min: 0, max: 1 },
  options: { 'Issuer:': issuerOptions },
});

/**
 * `jeton userinfo`
 * @throws ProgramError if a setting is missing or the token cannot be read; IssuerError or IssuerUnreachableError if
 * the issuer does not answer the question
 */
export async function run(argv: readonly string[]): Promise<void> {
  const { options, positionals } = readArguments(program, argv);
  const settings = new Settings(options);
  const issuer = settings.issuer('userinfo_endpoint');
  const readToken = tokenSource(settings, 'the access token', positionals[0], 'IAM_ACCESS_TOKEN');
  settings.complete();
  const accessToken = readToken();
  printJson(JSON.stringify(await userInfo({ ...(await issuer()), accessToken }), undefined, 2));
}
