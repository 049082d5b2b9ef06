/** Decides which agent a shell gets: the shared one, or a separate one. */
import { stablePlaces } from '@jeton/protocol/socket-path';
import type { AgentConfig } from '../../config/settings.ts';
import { PROBLEMS } from '../../daemon/process/daemon-report.ts';
import type { AgentSettings } from '../../daemon/settings.ts';
import { SocketTaken } from '../../daemon/socket/socket-place.ts';
import { inform, warn } from '../../terminal/output.ts';
import { ProgramError } from '../../terminal/run.ts';
import type { Options } from './command-line.ts';
import { findAgent, identify } from './find.ts';
import { settingsOf } from './settings.ts';
import { ALREADY_RUNNING } from './shell.ts';
import { prepareSocket, prepareStablePlaces } from './socket-location.ts';
import { announce, type RunningAgent } from './start.ts';

/**
 * Starts an agent.
 * @throws SocketTaken if another process listens at one of its paths, else ProgramError
 */
export type StartAgent = (settings: AgentSettings) => Promise<RunningAgent>;

/**
 * Starts an agent in the foreground, and prints how to reach it.
 *
 * @param pid the process that becomes the agent
 * @throws ProgramError
 */
export async function startForeground(
  options: Options,
  config: AgentConfig,
  startAgent: StartAgent,
  pid: number,
): Promise<void> {
  const given = (await import('./systemd-sockets.ts')).systemdSockets(process.env, pid);
  if (given === undefined) return await startOwn(options, config, startAgent);
  announce(await startAgent({ ...(await settingsOf(options, config)), ...given }), options);
}

/**
 * Finds or starts an agent, and prints how to reach it.
 * @throws ProgramError
 */
export async function start(options: Options, config: AgentConfig, startAgent: StartAgent): Promise<void> {
  const hasOwnPlace = config.bindAddress !== undefined || config.group !== undefined;
  if (isOfItsOwn(options) || hasOwnPlace) await startOwn(options, config, startAgent);
  else await startShared(options, config, startAgent);
}

/** Options that do not change the work of the agent. */
const START_OPTIONS = ['json', 'quiet', 'auto-start'];

/** Whether the user requests an agent at another place, or with other settings, than the shared one. */
function isOfItsOwn(options: Options): boolean {
  return Object.entries(options).some(
    ([name, value]) => !START_OPTIONS.includes(name) && value !== undefined && value !== false,
  );
}

async function startOwn(options: Options, config: AgentConfig, startAgent: StartAgent): Promise<void> {
  announce(await atPlace(options, config, startAgent), options);
}

/**
 * Starts a separate agent.
 * @throws ProgramError for an unknown group or an unsafe place, or if an agent listens there already; the errors of
 * `startAgent`
 */
export async function atPlace<Result>(
  options: Options,
  config: AgentConfig,
  startAgent: (settings: AgentSettings) => Promise<Result>,
): Promise<Result> {
  const settings = await settingsOf(options, config);
  const place = prepareSocket(
    options['socket-path'] ?? config.bindAddress,
    process.env,
    settings.group !== undefined,
  );
  try {
    return await startAgent({ ...settings, ...place });
  } catch (error) {
    if (!(error instanceof SocketTaken)) throw error;
    throw new ProgramError(PROBLEMS.socket, [
      `an agent is already listening there; use it: OIDC_SOCK=${error.path}; export OIDC_SOCK`,
    ]);
  }
}

/** The one agent that every shell finds: the one that runs, else a new one. */
async function startShared(options: Options, config: AgentConfig, startAgent: StartAgent): Promise<void> {
  const path = await findAgent(stablePlaces(process.env));
  const running = path === undefined ? undefined : await identify(path);
  if (running !== undefined) {
    announce(running, options);
    if (!options['auto-start']) inform(ALREADY_RUNNING);
    return;
  }
  const { paths, objections } = prepareStablePlaces(process.env);
  const [first, ...others] = paths;
  if (first === undefined) {
    // The next client would not find it, and start another.
    if (options['auto-start'])
      throw new ProgramError('There is no place where clients look for an agent', objections);
    for (const objection of objections) warn(`Other shells will not find this agent: ${objection}`);
    return await startOwn(options, config, startAgent);
  }
  try {
    const settings = await settingsOf(options, config);
    announce(await startAgent({ ...settings, socketPaths: [first, ...others] }), options);
  } catch (error) {
    if (!(error instanceof SocketTaken)) throw error;
    // Another process was faster.
    await startShared(options, config, startAgent);
  }
}
