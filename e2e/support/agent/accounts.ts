import type { Suite } from '../computer/programs.ts';
import type { Outcome, RunOptions, Sandbox } from '../computer/sandbox.ts';
import type { RunningIam } from '../servers/iam.ts';

export const PASSWORD = 'correct horse';
/** Has a program take the password from the environment, as scripts do. */
export const withPassword = { env: { OIDC_ENCRYPTION_PW: PASSWORD } };

interface GenerateOptions {
  readonly suite?: Suite;
  readonly args?: readonly string[];
  readonly env?: RunOptions['env'];
}

/** Makes an account with all scopes at an issuer that approves by itself, without a question. */
export async function generateAccount(
  sandbox: Sandbox,
  name: string,
  iam: RunningIam,
  { suite = 'ours', args = [], env = withPassword.env }: GenerateOptions = {},
): Promise<Outcome> {
  const quiet = ['--pw-env', '--prompt=none', '--confirm-default'];
  const command = ['-w', 'device', '--iss', iam.issuer, '--scope', 'max', ...quiet, ...args, name];
  return await sandbox.run('oidc-gen', command, { suite, env });
}

/** What `oidc-gen -p` prints, as either suite does. */
export async function printAccount(sandbox: Sandbox, name: string, suite: Suite = 'ours'): Promise<string> {
  const options: RunOptions = { suite, ...withPassword };
  const { stdout, stderr, code } = await sandbox.run('oidc-gen', ['-p', name, '--pw-env'], options);
  if (code !== 0) throw new Error(`oidc-gen -p ${name}: ${stderr}`);
  return stdout;
}
