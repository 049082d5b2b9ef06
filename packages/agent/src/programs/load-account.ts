import { spawn } from 'node:child_process';
import { hasDesktop } from '../terminal/desktop/desktop.ts';
import { ProgramError } from '../terminal/run.ts';
import { siblingCommand } from '../terminal/sibling.ts';

/**
 * Runs oidc-add to load an account, which may ask the user. Its output goes to stderr.
 *
 * @param env added to its environment: selects the agent
 * @throws ProgramError with the exit code of oidc-add
 */
export async function loadAccount(account: string, env: NodeJS.ProcessEnv): Promise<void> {
  const [program, ...args] = siblingCommand('oidc-add');
  // A user without a terminal, as at the start of a desktop, may have a screen.
  const prompt = !process.stdin.isTTY && hasDesktop() ? ['--pw-prompt=gui'] : [];
  const child = spawn(program, [...args, ...prompt, '--', account], {
    env: { ...process.env, ...env },
    stdio: ['inherit', 2, 2],
  });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject).once('exit', resolve);
  });
  if (code !== 0) throw new ProgramError(`could not load the account '${account}'`, [], code ?? 1);
}
