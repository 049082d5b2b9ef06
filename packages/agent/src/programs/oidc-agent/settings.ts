import { resolve } from 'node:path';
import type { AgentConfig } from '../../config/settings.ts';
import type { AgentSettings } from '../../daemon/settings.ts';
import type { Options } from './command-line.ts';

const socketCheckSeconds = 60;

/**
 * How the agent is to work: what the options say, else the file `config`. Where it is to be is decided elsewhere.
 *
 * Throws a ProgramError for a group that there is not.
 */
export async function settingsOf(
  options: Options,
  config: AgentConfig,
): Promise<Omit<AgentSettings, 'socketPaths' | 'socketFolder'>> {
  const group = options['with-group'] ?? config.group;
  const pidFile = options['pid-file'];
  return {
    lifetime: options.lifetime ?? config.lifetime,
    autoload: !options['no-autoload'] && config.autoload,
    alwaysAllowIdToken: options['always-allow-idtoken'] || config.alwaysAllowIdToken,
    confirm: options.confirm || config.confirm,
    pwCmd: config.pwCmd,
    webserver: !options['no-webserver'] && config.webserver,
    customScheme: !options['no-scheme'] && config.customUriScheme,
    certPath: config.certPath,
    group: group === undefined ? undefined : await (await import('./group.ts')).findGroup(group),
    // The agent runs in another folder.
    pidFile: pidFile === undefined ? undefined : resolve(pidFile),
    restartOnUpdate: options['restart-on-update'],
    console: options.console,
    debug: options.debug || config.debugLogging,
    logStderr: options['log-stderr'],
    socketCheckSeconds,
  };
}
