import { spawn } from 'node:child_process';
import { ProgramError } from '../terminal/run.ts';
import { siblingCommand } from '../terminal/sibling.ts';

/**
 * Has oidc-add load an account, which may ask the person. What it prints goes to stderr.
 *
 * @param env added to its environment: which agent it is about
 * @throws ProgramError with the exit code of oidc-add
 */
export async function loadAccount(account: string, env: NodeJS.ProcessEnv): Promise<void> {
  const [program, ...args] = siblingCommand('oidc-add');
  const child = spawn(program, [...args, '--', account], {
    env: { ...process.env, ...env },
    stdio: ['inherit', 2, 2],
  });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject).once('exit', resolve);
  });
  if (code !== 0) throw new ProgramError(`could not load the account '${account}'`, [], code ?? 1);
}
