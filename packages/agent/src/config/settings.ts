/**
 * The settings of each program in the file `config`, with the defaults (docs/configuration.md). Ignores a missing file
 * or section. All functions throw a ConfigurationError for an invalid file.
 */
import { ConfigSection } from './section.ts';

export type AgentConfig = ReturnType<typeof agentConfig>;

/**
 * Section `oidc-agent`.
 * @throws ConfigurationError for a file or a value that cannot be understood
 */
export function agentConfig(section: ConfigSection = new ConfigSection('oidc-agent')) {
  return {
    /** The trusted certificate authorities, for new accounts that do not name their own. */
    certPath: section.text('cert_path'),
    /** The place of the socket, as for `--socket-path`. */
    bindAddress: section.text('bind_address'),
    confirm: section.boolean('confirm', false),
    autoload: section.boolean('autoload', true),
    customUriScheme: section.boolean('custom-uri-scheme', true),
    webserver: section.boolean('webserver', true),
    /** Seconds; 0 is for ever. */
    lifetime: section.wholeNumber('lifetime') ?? 0,
    /** A group whose members may use the agent, too. */
    group: section.text('group'),
    alwaysAllowIdToken: section.boolean('always_allow_id_token', false),
    debugLogging: section.boolean('debug_logging', false),
    /** Whether a program that finds no agent starts one. */
    autoStart: section.boolean('auto-start', false),
    /** Seconds without a request that needs Node after which the agent sleeps. */
    sleepAfter: section.wholeNumber('sleep-after') ?? 5,
    /** A command that prints the password of the account to load. */
    pwCmd: section.text('pw-cmd'),
  };
}

/**
 * Section `oidc-gen`.
 * @throws as `agentConfig`
 */
export function genConfig(section: ConfigSection = new ConfigSection('oidc-gen')) {
  return {
    cnid: section.text('cnid'),
    autoOpenUrl: section.boolean('auto-open-url', true),
    defaultGpgKey: section.text('default_gpg_key'),
    prompt: section.choice('prompt', ['cli', 'gui', 'none']) ?? 'cli',
    pwPrompt: section.choice('pw-prompt', ['cli', 'gui', 'none']) ?? 'cli',
    answerConfirmPrompts: section.choice('answer-confirm-prompts', ['default', 'no', 'yes']),
    debugLogging: section.boolean('debug_logging', false),
    defaultMytokenServer: section.text('default_mytoken_server') ?? 'https://mytoken.data.kit.edu',
    defaultMytokenProfile: section.text('default_mytoken_profile') ?? 'agent',
    /** Whether new accounts use a mytoken server unless an option says otherwise. */
    preferMytoken: section.boolean('prefer_mytoken_over_oidc', false),
  };
}

/**
 * Section `oidc-add`.
 * @throws as `agentConfig`
 */
export function addConfig(section: ConfigSection = new ConfigSection('oidc-add')) {
  return {
    /** Whether the agent keeps the password of an account. */
    storePw: section.boolean('store-pw', false),
    pwPrompt: section.choice('pw-prompt', ['cli', 'gui', 'none']) ?? 'cli',
    /** Whether accounts are loaded without trying whether the issuer still gives tokens. */
    skipCheck: section.boolean('skip-check', false),
    debugLogging: section.boolean('debug_logging', false),
  };
}
