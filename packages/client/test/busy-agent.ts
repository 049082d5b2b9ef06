import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

/** Connections that the system queues in addition to those that the agent has accepted. */
const backlog = 1;

/**
 * An agent that takes no connections until it goes on, and whose queue of them is full: on Linux, connect() fails with EAGAIN
 * then. It answers a token. Ends with the test.
 */
export async function startBusyAgent(): Promise<{ socketPath: string; goOn(): void }> {
  const folder = await mkdtemp(join(tmpdir(), 'jeton-client-'));
  const socketPath = join(folder, 'agent.sock');
  const source = `
    const server = require('node:net').createServer((connection) => {
      connection.on('error', () => {});
      connection.once('data', () => connection.end('{"status":"success","access_token":"abc"}'));
    });
    server.listen({ path: process.argv[1], backlog: ${backlog} }, () => console.log('listening'));
  `;
  const agent = spawn(process.execPath, ['-e', source, socketPath], { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(async () => {
    agent.kill('SIGKILL');
    await rm(folder, { recursive: true });
  });
  await once(agent.stdout, 'data');
  agent.kill('SIGSTOP');
  await fillQueue(socketPath);
  return { socketPath, goOn: () => agent.kill('SIGCONT') };
}

/** Connects until the system refuses to queue another connection. */
async function fillQueue(socketPath: string): Promise<void> {
  for (;;) {
    const socket = connect(socketPath);
    onTestFinished(() => void socket.destroy());
    const code = await new Promise<string>((resolve) => {
      socket.once('connect', () => resolve(''));
      socket.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? ''));
    });
    if (code === 'EAGAIN') return;
  }
}
