/** A development INDIGO IAM, in the process that imports it. */
import { readFile } from 'node:fs/promises';
import { parseBehaviourWords } from './behaviour/words.ts';
import { configOf, parseConfig } from './config/config.ts';
import type { Config } from './config/server-options.ts';
import { selfSigned, serverNames } from './http/self-signed.ts';
import type { IamOptions, RunningIam } from './options.ts';
import { startServer } from './server.ts';

export type * from './options.ts';

/**
 * Starts an IAM, which answers requests when the promise resolves. A process can run several, each with its own port, users and tokens.
 * It installs no handlers of signals or errors, and prints nothing.
 *
 * @throws Error with `code` EADDRINUSE and the like if it cannot listen; Error that names the mistake in an option or in the
 * configuration
 */
export async function startIam(options: IamOptions = {}): Promise<RunningIam> {
  const { behave = [], config: given, tls: chosen, ...others } = options;
  const config = await readConfig(given);
  const behaviour = parseBehaviourWords([behave].flat(), config.behaviour);
  const tls = chosen === 'self-signed' ? await selfSigned(serverNames(options.host, options.issuer)) : chosen;
  const { issuer, port, control, close } = await startServer({
    ...config,
    ...others,
    ...(tls && { tls }),
    behaviour,
  });
  let stopped: Promise<void> | undefined;
  const stop = () => {
    stopped ??= close();
    return stopped;
  };
  return {
    issuer,
    port,
    certificate: tls?.cert,
    behave: (...words) => control.behave(parseBehaviourWords(words)),
    approve: (userCode, user) => control.decide(userCode, { user, approve: true }),
    deny: (userCode, user) => control.decide(userCode, { user, approve: false }),
    get requests() {
      return control.requests;
    },
    clearRequests: () => control.clearRequests(),
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

async function readConfig(config: IamOptions['config']): Promise<Config> {
  if (typeof config === 'string') return parseConfig(await readFile(config, 'utf8'), config);
  return config === undefined ? {} : configOf(config);
}
