import { defineProgram } from '../../../command-line/option-table.ts';
import { readArguments } from '../../../command-line/options.ts';
import { program as oidcGen } from '../../oidc-gen/command-line.ts';
import { passwordOptions } from '../../password-options.ts';

const {
  'Generating a new account configuration:': { issuer, scope },
  'Generating a new account configuration - Advanced:': { 'cert-path': certPath, flow },
} = oidcGen.options;

export const program = defineProgram({
  name: 'jeton login',
  argsDoc: '[ACCOUNT_SHORTNAME]',
  doc: 'Log in at an issuer, and keep the login in an account, as oidc-gen does: asks for what no option gives, and starts the agent if none runs',
  positionals: { min: 0, max: 1 },
  options: {
    'Login:': { issuer, scope, flow, 'cert-path': certPath },
    'Password of the account:': passwordOptions,
  },
});

/**
 * `jeton login`: logs in again if the account exists.
 * @throws the errors of `oidc-gen`
 */
export async function run(argv: readonly string[]): Promise<void> {
  const { options, positionals } = readArguments(program, argv);
  await (await import('../login/login.ts')).logIn(positionals[0], options);
}
