import { setTimeout as pause } from 'node:timers/promises';
import { describeSystemError } from '../../files/errors.ts';
import { withLock } from '../../files/lock/lock.ts';
import { inOrder } from '../grant/answers-under-way.ts';
import type { Handlers } from '../requests/handlers.ts';
import type { AgentSettings } from '../settings.ts';
import type { Handler } from '../socket/connection.ts';
import { groupDoor } from '../socket/door.ts';
import { listen, type OpenDoor } from '../socket/server.ts';
import { groupSocketOf, removeSocketFolder, SocketTaken } from '../socket/socket-place.ts';
import { endProcess } from './end.ts';
import { openNoDebugger, surviveErrors } from './last-resort.ts';
import type { Successor } from './update.ts';

/** An agent that listens. */
export interface Agent {
  /** Ends it, and the process: see `runAgent`. */
  stop(): Promise<void>;
}

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
 * Starts an agent in this process. When the promise resolves it is listening.
 *
 * SIGTERM and SIGINT end it, as `inOrder` says: requests in progress are answered, unsaved refresh tokens are saved, the
 * socket and its folder are removed, the process exits with 0. It ends in the same way when another agent has taken its place. SIGHUP, the end of a
 * terminal, and SIGUSR1 do not concern it, and no error in the background ends it.
 *
 * @param inheritance the accounts of the agent that this one replaces; clients wait until they arrive
 * @throws `SocketTaken` if another process listens at one of its paths, else StartFailure
 */
export async function runAgent(settings: AgentSettings, inheritance?: Promise<string>): Promise<Agent> {
  const { socketPaths, socketFolder, pidFile } = settings;
  // The agent creates every file for its owner only.
  process.umask(0o077);
  // A file or a name service that does not answer takes one of these, a name service at most half of them. Node's four are few.
  process.env.UV_THREADPOOL_SIZE ??= '16';
  openNoDebugger();
  // Load the handlers lazily so that start-up does not wait for the bulk of the code.
  let loading: Promise<Handlers> | undefined;
  let loaded: Handlers | undefined;
  const handlers = () => {
    loading ??= load(settings, inheritance).then((handlers) => {
      loaded = handlers;
      return handlers;
    });
    return loading;
  };
  // It takes over when it could go on at once.
  if (inheritance !== undefined) await import('../requests/handlers.ts');
  const handle: Handler = (request, client) =>
    loaded?.handle(request, client) ?? handlers().then((handlers) => handlers.handle(request, client));
  const server = await listen(socketPaths, await loggedIfAsked(handle, settings), {
    others: await otherDoors(settings),
    takesOver: inheritance !== undefined,
  }).catch((error: unknown) => {
    throw error instanceof SocketTaken ? error : new StartFailure('Could not bind ipc-socket', error);
  });
  try {
    if (pidFile !== undefined) (await import('./pid-file.ts')).writePidFile(pidFile);
  } catch (error) {
    await server.close();
    throw new StartFailure('Could not write the pid file', `${pidFile}: ${describeSystemError(error)}`);
  }
  surviveErrors();
  setImmediate(handlers);
  let stopping = false;
  let handingOff: Promise<unknown> | undefined;
  const stop = async () => {
    if (handingOff !== undefined) {
      await inOrder(handingOff);
      await endProcess();
    }
    if (stopping) return;
    stopping = true;
    try {
      // Together: closing the handlers rejects the requests in the queues and prompts, and only then can the server
      // finish.
      await inOrder(Promise.all([server.close(), handlers().then((loaded) => loaded.close())]));
      if (pidFile !== undefined) (await import('./pid-file.ts')).removePidFile(pidFile);
      if (socketFolder !== undefined) {
        // `oidc-agent -k` holds the lock of the socket, which is a file in the folder.
        await withLock(socketPaths[0], async () => undefined, { wait: 0.5 }).catch(() => undefined);
        removeSocketFolder(socketFolder);
      }
    } finally {
      await endProcess();
    }
  };
  const handOffTo = async (successor: Successor) => {
    // A client that has connected to this agent has the time to ask.
    await pause(100);
    await inOrder(server.close());
    await successor.inherit(await (await handlers()).handOff());
  };
  const update = settings.restartOnUpdate ? await (await import('./update.ts')).watchProgram() : undefined;
  const handOffIfUpdated = async () => {
    if (update === undefined || !(await update.look())) return;
    if (server.isBusy || (await (await handlers()).isBusy())) return;
    const successor = await update.start(settings);
    if (successor === undefined) return;
    stopping = true;
    handingOff = handOffTo(successor);
    try {
      await handingOff;
    } finally {
      await endProcess();
    }
  };
  // This timer also keeps the process alive: an agent that cannot recreate its socket still holds grants.
  const lookAfterSocket = () =>
    setTimeout(async () => {
      if (stopping) return;
      if (!(await server.ensureListening())) return await stop();
      // A failed hand-off is retried at the next check.
      await handOffIfUpdated().catch(() => undefined);
      lookAfterSocket();
    }, settings.socketCheckSeconds * 1000);
  lookAfterSocket();
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
  process.on('SIGHUP', () => undefined);
  return { stop };
}

async function otherDoors(settings: AgentSettings): Promise<OpenDoor[]> {
  const { group, socketPaths, socketFolder: folder, debug, logStderr } = settings;
  if (group === undefined) return [];
  const plain = groupDoor(group.name);
  const door =
    debug || logStderr ? (await import('../requests/request-log.ts')).loggedDoor(plain, settings) : plain;
  return [{ door, path: groupSocketOf(socketPaths[0]), sharing: { groupId: group.id, folder } }];
}

async function load(settings: AgentSettings, inheritance: Promise<string> | undefined): Promise<Handlers> {
  const { Handlers } = await import('../requests/handlers.ts');
  const handlers = new Handlers(settings);
  const held = await inheritance;
  if (held) handlers.restore(held);
  return handlers;
}

async function loggedIfAsked(handle: Handler, settings: AgentSettings): Promise<Handler> {
  if (!settings.debug && !settings.logStderr) return handle;
  return await (await import('../requests/request-log.ts')).logged(handle, settings);
}
