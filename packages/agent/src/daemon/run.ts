import { Handlers } from './handlers.ts';
import { listen, removeSocketFolder } from './server.ts';
import type { AgentSettings } from './settings.ts';

/**
 * Starts an agent in this process. When the promise resolves it is listening.
 *
 * SIGTERM and SIGINT end it: requests in progress are answered, unsaved refresh tokens are saved, the socket and its
 * folder are removed, the process exits with 0. SIGHUP, the end of a terminal, does not concern it.
 *
 * Rejects with the system error if it cannot listen.
 */
export async function runAgent(settings: AgentSettings): Promise<void> {
  // Whatever a program of the agent creates is for its owner alone.
  process.umask(0o077);
  const handlers = new Handlers(settings);
  const server = await listen(settings.socketPath, handlers.handle);
  const stop = async () => {
    await server.close();
    await handlers.close();
    if (settings.socketFolder !== undefined) await removeSocketFolder(settings.socketFolder);
    process.exit(0);
  };
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
  process.on('SIGHUP', () => undefined);
}
