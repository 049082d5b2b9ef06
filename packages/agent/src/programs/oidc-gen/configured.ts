import { agentConfig, genConfig } from '../../config/settings.ts';
import { ProgramError } from '../../terminal/run.ts';
import { hasPasswordOption } from '../password-options.ts';
import type { Options } from './command-line.ts';

/**
 * `--rt-env`.
 * @throws ProgramError where the variable is not set
 */
function refreshTokenOf(named: string | true | undefined): string | undefined {
  if (named === undefined) return undefined;
  const variable = named === true ? 'OIDC_REFRESH_TOKEN' : named;
  const value = process.env[variable];
  if (!value) {
    throw new ProgramError(`${variable} not set!`, [
      `--rt-env takes the name of a variable with the refresh token: export ${variable}=...`,
    ]);
  }
  return value;
}

/**
 * The options, with those that are missing from the file `config`.
 * @throws ConfigurationError
 */
export function withConfig(options: Options): Options {
  const [gen, agent] = [genConfig(), agentConfig()];
  const answer = gen.answerConfirmPrompts;
  const answered = options['confirm-default'] || options['confirm-yes'] || options['confirm-no'];
  const answers = (text: string) => !answered && answer === text;
  return {
    ...options,
    prompt: options.prompt ?? gen.prompt,
    'pw-prompt': options['pw-prompt'] ?? gen.pwPrompt,
    'pw-gpg': options['pw-gpg'] ?? (hasPasswordOption(options) ? undefined : gen.defaultGpgKey),
    'client-name-identifier': options['client-name-identifier'] ?? gen.cnid,
    'refresh-token': options['refresh-token'] ?? refreshTokenOf(options['refresh-token-env']),
    'no-url-call': options['no-url-call'] || !gen.autoOpenUrl,
    'no-webserver': options['no-webserver'] || !agent.webserver,
    'no-scheme': options['no-scheme'] || !agent.customUriScheme,
    'confirm-default': options['confirm-default'] || answers('default'),
    'confirm-yes': options['confirm-yes'] || answers('yes'),
    'confirm-no': options['confirm-no'] || answers('no'),
    debug: options.debug || gen.debugLogging,
    ...mytokenOptions(options, gen),
  };
}

/** The mytoken server and the profile, if the account is to use them. */
function mytokenOptions(
  options: Options,
  gen: ReturnType<typeof genConfig>,
): Pick<Options, 'mytoken-url' | 'mytoken'> {
  const { 'mytoken-url': url, mytoken: profile } = options;
  const isWanted =
    url !== undefined || profile !== undefined || (gen.preferMytoken && !choosesClient(options));
  if (!isWanted) return { 'mytoken-url': undefined, mytoken: undefined };
  return {
    'mytoken-url': typeof url === 'string' ? url : gen.defaultMytokenServer,
    mytoken: profile ?? gen.defaultMytokenProfile,
  };
}

/** Whether the user wants a client at the issuer itself. */
function choosesClient(options: Options): boolean {
  const { file, manual, pub, flow, 'client-id': clientId, 'only-at': onlyToken } = options;
  return file !== undefined || clientId !== undefined || manual || pub || onlyToken || flow.length > 0;
}
