/** Many clients that ask an agent in plaintext, from a C program (load.c). */
import type { Sandbox } from '../../e2e/support/computer/sandbox.ts';
import type { Load } from './agent-clients.ts';
import { compileC } from './compile.ts';

const program = compileC('load');

/**
 * So many clients at once, each asking again as soon as it is answered.
 *
 * @param requests of all clients together
 */
export async function plaintextLoad(
  sandbox: Sandbox,
  socket: string,
  request: object,
  clients: number,
  requests: number,
): Promise<Load> {
  const args = [socket, JSON.stringify(request), String(clients), String(requests)];
  const { stdout, stderr, code } = await sandbox.run(program, args);
  if (code !== 0) throw new Error(`${clients} clients: ${stderr}`);
  const lines = stdout.trim().split('\n').map(Number);
  const total = lines.pop() ?? Number.NaN;
  return {
    milliseconds: lines.map((microseconds) => microseconds / 1000),
    perSecond: (requests / total) * 1e6,
  };
}
