/** One agent for all shells, as a service that is started once and that every client finds. */
import { rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { shellQuote } from '@jeton/client/shell-quote';
import { stablePlaces } from '@jeton/protocol/socket-path';
import { run } from '../../accounts/passwords/run-command.ts';
import { askAgent } from '../../client/ask-agent.ts';
import { removeSocketFolder } from '../../daemon/socket/socket-place.ts';
import { replaceFile } from '../../files/saving/replace-file.ts';
import { describeSystemError } from '../../files/system-error.ts';
import { print } from '../../terminal/output.ts';
import { AlreadyReported, ProgramError } from '../../terminal/run.ts';
import { findAgent, identify } from '../oidc-agent/find.ts';
import { killAgent } from '../oidc-agent/kill.ts';
import { prepareStablePlaces } from '../oidc-agent/socket-location.ts';
import type { RunningAgent } from '../oidc-agent/start.ts';
import type { ServiceOptions } from './options-files.ts';

/**
 * The agent that runs at a place that every shell finds.
 * @throws AgentError when it takes the connection and does not answer
 */
export async function runningAgent(): Promise<RunningAgent | undefined> {
  const path = await findAgent(stablePlaces(process.env));
  return path === undefined ? undefined : await identify(path);
}

/**
 * Starts the agent, or uses one that another process has started in the meantime.
 * @throws ProgramError or AlreadyReported
 */
export async function startAgent({ agent, isOwnAgent, agentOptions }: ServiceOptions): Promise<RunningAgent> {
  const { paths, objections } = prepareStablePlaces(process.env);
  // The place of the C suite's service, which the clients of both suites find.
  const path = paths.at(-1);
  if (path === undefined) throw new ProgramError('there is no place for the socket', objections);
  // Without options, our agent chooses the stable place that every client finds.
  const place = isOwnAgent && agentOptions.length === 0 ? [] : ['-a', path];
  const [program, ...args] = [...agent, ...place, ...agentOptions, '--json'];
  const { status, stdout } = await run(program ?? '', args, { input: '', stderr: 'inherit' }).catch(
    (error: unknown) => {
      throw new ProgramError(`could not start the agent: ${describeSystemError(error)}`, [
        `OIDC_AGENT in oidc-agent-service.options names ${program}`,
      ]);
    },
  );
  if (status === 0) {
    const { socket, dpid } = JSON.parse(stdout);
    return { socketPath: socket, pid: dpid === undefined ? undefined : Number(dpid) };
  }
  const other = await runningAgent();
  if (other !== undefined) return other;
  if (isOwnAgent && typeof status === 'number') throw new AlreadyReported(status);
  throw new ProgramError(`could not start the agent: ${program} ended with ${status}`, [
    `start it by hand to see why: ${[program, ...args].join(' ')}`,
  ]);
}

/**
 * Ends the agent and prints the commands for the shell. False if no agent ran.
 * @throws AgentError as `runningAgent`; ProgramError or FileError if the agent cannot be ended
 */
export async function stopAgent(): Promise<boolean> {
  const agent = await runningAgent();
  if (agent === undefined) return false;
  const { socketPath, pid } = agent;
  await killAgent({ ...process.env, OIDC_SOCK: socketPath, OIDCD_PID: pid === undefined ? '' : String(pid) });
  print('unset OIDCD_PID_FILE;');
  rmSync(pidFile(socketPath), { force: true });
  removeSocketFolder(dirname(socketPath));
  return true;
}

/**
 * The options with which the running agent was started, so that another one can take its place.
 * @throws AgentError
 */
export async function optionsOf({ socketPath }: RunningAgent): Promise<string[]> {
  const { info } = await askAgent({ request: 'status_json' }, { socketPath });
  const options =
    typeof info === 'object' && info !== null && 'command_line_options' in info
      ? String(info.command_line_options)
      : '';
  // In the foreground there would be no return.
  return options.split(' ').filter((option) => option !== '' && option !== '--console');
}

/**
 * Prints the commands for the shell, and writes the process ID to a file in the folder of the socket. The last line shows the
 * process ID.
 * @throws the system error if the file cannot be written
 */
export async function announceService({ socketPath, pid }: RunningAgent): Promise<void> {
  print(`OIDC_SOCK=${shellQuote(socketPath)}; export OIDC_SOCK;`);
  if (pid === undefined) return print('unset OIDCD_PID OIDCD_PID_FILE;');
  const file = pidFile(socketPath);
  await replaceFile(file, `${pid}\n`);
  print(`OIDCD_PID=${pid}; export OIDCD_PID;`);
  print(`OIDCD_PID_FILE=${shellQuote(file)}; export OIDCD_PID_FILE;`);
  print(`/bin/cat ${shellQuote(file)}`);
}

const pidFile = (socketPath: string) => join(dirname(socketPath), 'oidc-agent.pid');
