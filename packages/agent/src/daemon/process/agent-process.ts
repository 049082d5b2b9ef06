import { withLock } from '../../files/lock/lock.ts';
import { describeSystemError } from '../../files/system-error.ts';
import { letFinish } from '../grant/refresh/answers-under-way.ts';
import type { AgentSettings } from '../settings.ts';
import type { Handler } from '../socket/connection.ts';
import { groupDoor } from '../socket/door.ts';
import { type AgentServer, listen, type OpenDoor } from '../socket/server.ts';
import { groupSocketOf, removeSocketFolder, SocketTaken } from '../socket/socket-place.ts';
import { PROBLEMS } from './daemon-report.ts';
import { endProcess } from './end.ts';
import { openNoDebugger, surviveErrors } from './last-resort.ts';
import { LazyHandlers } from './lazy-handlers.ts';

/** Seconds to wait for `oidc-agent -k`, which holds the lock of the socket: a file in the folder to remove. */
const FOLDER_WAIT_SECONDS = 0.5;

/** An agent that cannot run. */
export class StartFailure extends Error {
  override readonly name = 'StartFailure';
  /** The failed step, in the words of the C programs; the message says why. */
  readonly problem: string;

  constructor(problem: string, reason: unknown) {
    super(reason instanceof Error ? reason.message : String(reason));
    this.problem = problem;
  }
}

/**
 * The agent that this process is, from its start to the end of the process.
 *
 * It ends on SIGTERM and SIGINT, and when another agent has taken its place. SIGHUP, the end of a terminal, and SIGUSR1 do not
 * concern it, and no error in the background ends it.
 */
export class AgentProcess {
  readonly #settings: AgentSettings;
  readonly #handlers: LazyHandlers;
  readonly #server: AgentServer;
  #isEnding = false;

  private constructor(settings: AgentSettings, handlers: LazyHandlers, server: AgentServer) {
    this.#settings = settings;
    this.#handlers = handlers;
    this.#server = server;
  }

  /**
   * Starts an agent in this process. When the promise resolves it is listening.
   *
   * @throws `SocketTaken` if another process listens at one of its paths, else StartFailure
   */
  static async start(settings: AgentSettings): Promise<AgentProcess> {
    prepareProcess();
    // This process never sleeps, whatever the settings say: it loads in advance what an update would take away.
    const handlers = new LazyHandlers({ ...settings, sleepAfterSeconds: undefined });
    const server = await openSockets(settings, handlers.handle);
    await writePidFile(settings, server);
    surviveErrors();
    setImmediate(() => handlers.load());
    const agent = new AgentProcess(settings, handlers, server);
    agent.#run();
    return agent;
  }

  #run(): void {
    this.#checkLater();
    process.once('SIGTERM', this.end);
    process.once('SIGINT', this.end);
    process.on('SIGHUP', () => undefined);
  }

  /** This timer also keeps the process alive: an agent that cannot recreate its socket still holds grants. */
  #checkLater(): void {
    setTimeout(() => this.#check(), this.#settings.socketCheckSeconds * 1000);
  }

  /** Recreates a lost socket. */
  async #check(): Promise<void> {
    if (this.#isEnding) return;
    if (!(await this.#server.ensureListening())) return await this.end();
    this.#checkLater();
  }

  /**
   * Ends the agent, and the process with exit code 0: requests in progress are answered, unsaved refresh tokens are
   * saved, the socket and its folder are removed. Limits the wait as `letFinish` does.
   */
  readonly end = async (): Promise<void> => {
    if (this.#isEnding) return;
    this.#isEnding = true;
    try {
      // Together: closing the handlers rejects the requests in the queues and prompts, and only then can the server
      // finish.
      const closing = this.#handlers.load().then((handlers) => handlers.close());
      await letFinish(Promise.all([this.#server.close(), closing]));
      await removeFiles(this.#settings);
    } finally {
      await endProcess();
    }
  };
}

function prepareProcess(): void {
  // The agent creates every file for its owner only.
  process.umask(0o077);
  // A file server or name service that does not answer occupies a thread; name services at most half. Node's default is 4.
  process.env.UV_THREADPOOL_SIZE ??= '16';
  openNoDebugger();
}

/** @throws `SocketTaken`, or StartFailure */
async function openSockets(settings: AgentSettings, handle: Handler): Promise<AgentServer> {
  const loggedHandle = await loggedIfAsked(handle, settings);
  const others = await otherDoors(settings);
  try {
    const { socketPaths, systemdSockets: descriptors } = settings;
    return await listen(socketPaths, loggedHandle, { others, descriptors });
  } catch (error) {
    throw error instanceof SocketTaken ? error : new StartFailure(PROBLEMS.socket, error);
  }
}

async function loggedIfAsked(handle: Handler, settings: AgentSettings): Promise<Handler> {
  if (!settings.debug && !settings.logStderr) return handle;
  return (await (await import('../requests/request-log.ts')).requestLog(settings))(handle);
}

async function otherDoors(settings: AgentSettings): Promise<OpenDoor[]> {
  const { group, socketPaths, socketFolder: folder, debug, logStderr } = settings;
  if (group === undefined) return [];
  const plain = groupDoor(group.name);
  const door =
    debug || logStderr ? (await import('../requests/request-log.ts')).loggedDoor(plain, settings) : plain;
  return [{ door, path: groupSocketOf(socketPaths[0]), sharing: { groupId: group.id, folder } }];
}

/** @throws StartFailure; the server is closed then */
async function writePidFile({ pidFile }: AgentSettings, server: AgentServer): Promise<void> {
  if (pidFile === undefined) return;
  try {
    (await import('./pid-file.ts')).writePidFile(pidFile);
  } catch (error) {
    await server.close();
    throw new StartFailure(PROBLEMS.pidFile, `${pidFile}: ${describeSystemError(error)}`);
  }
}

/** Removes the PID file, and the folder that was made for the socket. */
async function removeFiles({ pidFile, socketFolder, socketPaths }: AgentSettings): Promise<void> {
  if (pidFile !== undefined) (await import('./pid-file.ts')).removePidFile(pidFile);
  if (socketFolder === undefined) return;
  await withLock(socketPaths[0], async () => undefined, { wait: FOLDER_WAIT_SECONDS }).catch(() => undefined);
  removeSocketFolder(socketFolder);
}
