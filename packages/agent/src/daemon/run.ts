import type { Handlers } from './handlers.ts';
import { listen } from './server.ts';
import type { AgentSettings } from './settings.ts';
import { removeSocketFolder } from './socket-place.ts';

/**
 * Starts an agent in this process. When the promise resolves it is listening.
 *
 * SIGTERM and SIGINT end it: requests in progress are answered, unsaved refresh tokens are saved, the socket and its
 * folder are removed, the process exits with 0. So does it when another agent has taken its place. SIGHUP, the end of a
 * terminal, does not concern it.
 *
 * Rejects as `listen` does if it cannot listen.
 */
export async function runAgent(settings: AgentSettings): Promise<void> {
  // Whatever a program of the agent creates is for its owner alone.
  process.umask(0o077);
  // Whoever waits for the start, or only for a word, does not wait for what makes up most of the agent.
  let loading: Promise<Handlers> | undefined;
  const handlers = () => {
    loading ??= import('./handlers.ts').then(({ Handlers }) => new Handlers(settings));
    return loading;
  };
  const server = await listen(settings.socketPaths, async (request, gone) =>
    (await handlers()).handle(request, gone),
  );
  setImmediate(handlers);
  let stopping = false;
  const stop = async () => {
    if (stopping) return;
    stopping = true;
    await server.close();
    await (await handlers()).close();
    if (settings.socketFolder !== undefined) removeSocketFolder(settings.socketFolder);
    process.exit(0);
  };
  // It keeps the process alive, too: an agent whose socket cannot be made anew still holds grants.
  const lookAfterSocket = () =>
    setTimeout(async () => {
      if (stopping) return;
      if (await server.lookAfter()) lookAfterSocket();
      else await stop();
    }, settings.socketCheckSeconds * 1000);
  lookAfterSocket();
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
  process.on('SIGHUP', () => undefined);
}
