/** Loads an account on a request for its token, by asking the user at the terminal. This module is loaded only then. */
import { spawn } from 'node:child_process';
import { askAgent } from '../../client/ask-agent.ts';
import { siblingCommand } from '../../terminal/sibling.ts';

/** The exit code of a program that the user interrupted. */
export const INTERRUPTED = 130;

/**
 * Runs `oidc-add`, which asks for the password.
 *
 * @param name the short name of an account, or an issuer, for its default account
 * @returns its exit code; undefined if the agent must not load accounts on a request for a token
 * @throws AgentError if no agent answers; the system error if oidc-add cannot be started
 */
export async function loadAccount(name: string): Promise<number | undefined> {
  const { info } = await askAgent({ request: 'status_json' });
  const isSettled = typeof info === 'object' && info !== null && 'command_line_options' in info;
  if (isSettled && String(info.command_line_options).includes('--no-autoload')) return undefined;
  const [program, ...args] = siblingCommand('oidc-add');
  return await new Promise((resolve, reject) => {
    // Only the token goes to the standard output.
    const child = spawn(program, [...args, '--', name], {
      stdio: ['inherit', 'ignore', 'inherit'],
    });
    child.once('error', reject);
    child.once('exit', (code) => resolve(code ?? INTERRUPTED));
  });
}
