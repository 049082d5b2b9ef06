/** A member of a group that an agent is shared with: another user, where this is root, else the user itself. */
import { execFileSync, spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { nobody, nobodyCanRun } from '../computer/other-user.ts';

export const member = nobodyCanRun ? nobody : {};
export const sharedGroup = nobodyCanRun
  ? 'nogroup'
  : execFileSync('id', ['-gn'], { encoding: 'utf8' }).trim();

/** Sends each message on a connection of its own, one after another, and prints the answers as a JSON list. */
const client = `
  const [socketPath, ...messages] = process.argv.slice(1);
  const ask = (message) => new Promise((resolve) => {
    let answer = '';
    const socket = require('node:net').connect(socketPath);
    socket.on('data', (piece) => { answer += piece; });
    socket.on('error', ({ code }) => { answer ||= code; });
    socket.on('close', () => resolve(answer));
    socket.write(message);
  });
  (async () => {
    const answers = [];
    for (const message of messages) answers.push(await ask(message));
    process.stdout.write(JSON.stringify(answers));
  })();
`;

/** The agent's answers to a member, which asks in a process of its own. */
export async function askAsMember(socketPath: string, messages: readonly string[]): Promise<string[]> {
  const child = spawn(process.execPath, ['-e', client, socketPath, ...messages], {
    ...member,
    env: {},
    cwd: '/',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  return JSON.parse(await text(child.stdout));
}
