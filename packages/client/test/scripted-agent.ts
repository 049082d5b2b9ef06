import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** What a scripted agent does with a connection, once it has received the request. */
export type Script = (connection: Socket, request: string) => void;

export interface ScriptedAgent {
  readonly socketPath: string;
  /** The requests so far, as they came. */
  readonly requests: readonly string[];
  close(): Promise<void>;
}

/** A socket on which every request is answered as the script says: a text to be sent, or what to do. */
export async function startScriptedAgent(script: string | object | Script): Promise<ScriptedAgent> {
  const folder = await mkdtemp(join(tmpdir(), 'jeton-client-'));
  const socketPath = join(folder, 'agent.sock');
  const requests: string[] = [];
  const connections = new Set<Socket>();
  const server = createServer((connection) => {
    connections.add(connection);
    connection.on('error', () => {});
    connection.on('data', (chunk) => {
      const request = chunk.toString();
      requests.push(request);
      if (typeof script === 'function') script(connection, request);
      else connection.end(typeof script === 'string' ? script : JSON.stringify(script));
    });
  });
  await new Promise<void>((resolve) => server.listen(socketPath, resolve));
  return {
    socketPath,
    requests,
    async close() {
      for (const connection of connections) connection.destroy();
      await new Promise((resolve) => server.close(resolve));
      await rm(folder, { recursive: true });
    },
  };
}
