import { resolve } from 'node:path';
import type { AgentConfig } from '../../config/settings.ts';
import { NEVER, SLEEP_VARIABLE } from '../../daemon/process/frames.ts';
import type { AgentSettings } from '../../daemon/settings.ts';
import type { Options } from './command-line.ts';

/** Seconds between two checks that the sockets are still there. */
const SOCKET_CHECK_SECONDS = 60;

/** Tests set the variable, to `never` for an agent that does not sleep. */
function sleepAfter(
  config: AgentConfig,
  { [SLEEP_VARIABLE]: variable }: NodeJS.ProcessEnv,
): number | undefined {
  if (variable === NEVER) return undefined;
  return variable === undefined ? config.sleepAfter : Number(variable);
}

/**
 * The agent's settings except the place of its socket: from the options, else from the file `config`.
 *
 * @throws ProgramError for a group that does not exist
 */
export async function settingsOf(
  options: Options,
  config: AgentConfig,
  env: NodeJS.ProcessEnv = process.env,
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
    sleepAfterSeconds: sleepAfter(config, env),
    socketCheckSeconds: SOCKET_CHECK_SECONDS,
  };
}
