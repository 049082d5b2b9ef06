import { defineProgram } from '../../../command-line/option-table.ts';
import { readArguments } from '../../../command-line/options.ts';
import { hintForInactive, introspectToken } from '../../../oauth/tokens/introspection.ts';
import { inform, printJson } from '../../../terminal/output.ts';
import { tokenSource } from '../secrets.ts';
import { clientOptions, issuerOptions, Settings } from '../settings.ts';

export const program = defineProgram({
  name: 'jeton introspect',
  argsDoc: '[FILE]',
  doc: 'Introspect a token at its issuer (RFC 7662), and print the answer as JSON. Reads the token from FILE, else from IAM_ACCESS_TOKEN, else from standard input',
  positionals: { min: 0, max: 1 },
  options: { 'Issuer and client:': { ...issuerOptions, ...clientOptions } },
});

/**
 * `jeton introspect`
 * @throws ProgramError if a setting is missing or the token cannot be read; IssuerError or IssuerUnreachableError if
 * the issuer does not answer the question
 */
export async function run(argv: readonly string[]): Promise<void> {
  const { options, positionals } = readArguments(program, argv);
  const settings = new Settings(options);
  const client = settings.client(['IAM_CLIENT'], { confidential: true });
  const issuer = settings.issuer('introspection_endpoint');
  const readToken = tokenSource(settings, 'the token', positionals[0], 'IAM_ACCESS_TOKEN');
  settings.complete();
  const token = readToken();
  const request = { ...(await issuer()), client, token };
  const answer = await introspectToken(request);
  printJson(JSON.stringify(answer, undefined, 2));
  const hint = answer.active ? undefined : hintForInactive(request);
  if (hint !== undefined) inform(`hint: ${hint}`);
}
